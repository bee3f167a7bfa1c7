package sheet

// MapExample is a map as a clerk writes it, every key explained. It is what
// --help shows; a test parses it.
const MapExample = `# How the file of another office is read. Every key that is not marked
# "optional" is needed.

source: harbour-office       # short name of the office, a-z, 0-9 and hyphens. It is part of every
                             # claim's key: choose it once and never change it.
encoding: utf-8              # optional: utf-8, windows-1252, iso-8859-1, windows-1251
delimiter: ","               # optional: "," or ";" or "|" or tab
unanswered: ["-", "N/A"]     # optional: what the office writes where there is no answer.
                             # An empty cell always means that.

number:                      # the office's own number of the claim
  column: Claim Number       # the column's name as it stands in the first line of the file

received:                    # the day the office received the claim
  column: Date Received
  formats: [YYYY-MM-DD]      # YYYY year, MM month (after HH: minutes), DD day, MON month as a word,
                             # M and D with one or two digits, HH hour, SS seconds, AM for am or pm,
                             # 19YY or 20YY a year written with its last two digits

category:                    # the programme's category
  column: Claim Type
  values:                    # left: what stands in the file, right: the category
    Passenger Property Loss: property-loss
    Personal Injury: personal-injury
    "": not-stated           # the empty cell

claimant:                    # individual, organisation or public-body
  value: individual          # the same for every row; or column: and values:, as above

fields:                      # the fields of the programme's form, by their id
  incident-date:
    column: Incident Date
    formats:                 # the first one that fits is taken
      - YYYY-MM-DD
      - YYYY-MM-DD HH:MM
      - DD-MON-YYYY HH:MM
  incident-time:
    column: Incident Date    # one column may feed two fields
    formats: [YYYY-MM-DD, "YYYY-MM-DD HH:MM", "DD-MON-YYYY HH:MM"]
    part: time               # the time of day; no answer where the cell has none
  amount-claimed:
    column: Claim Amount
    decimal: point           # optional: point or comma
    thousands: comma         # optional: point, comma, space or apostrophe
    currency: USD            # or currency_column: the column that holds the currency's code
  place:
    column: Airport Code
    unanswered: ["?"]        # optional: further texts that mean no answer in this column

outcome: [Status, Disposition]  # optional: columns that say what the office decided

award:                       # optional: the amount that the office awarded
  column: Close Amount
  currency: USD

decided_on:                  # optional: the day it decided
  column: Close Date
  formats: [DD/MM/YYYY]
`
