package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/openchancery/chancery/catalogue"
	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/rulebook"
)

// telling are the flags of rulebook suggest.
type telling struct {
	stories, members, yes, unsure []string
	on, lang                      string
}

func (a *app) rulebookSuggest() *cobra.Command {
	t := telling{lang: language}
	c := &cobra.Command{
		Use: "suggest ID|FILE", Short: "Tell a story and see which claims it leads to",
		Long: `Tell a story as a person would, and see which claims it leads to for them and each
member of the family, and why. Members are numbered in the order given, from 1;
without --member it is one person who tells. Questions that the stories put and
that have no reply are listed; they count as no.`,
		Example: "  chancery rulebook suggest rd4u --story had-to-leave --member self --member child --yes left-abroad/1 --yes left-abroad/2",
		Args:    args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, given []string) error {
			e, err := a.edition(given[0])
			if err != nil {
				return err
			}
			told, err := t.told(c)
			if err != nil {
				return err
			}
			return a.suggest(e, told, t.lang)
		},
	}
	c.Flags().StringSliceVar(&t.stories, "story", nil, "what happened, by id (several)")
	c.Flags().StringSliceVar(&t.members, "member", nil, "who: self, adult, child, organisation or public-body (several)")
	c.Flags().StringSliceVar(&t.yes, "yes", nil, "a question answered with yes: QUESTION, or QUESTION/MEMBER where it is asked of each (several)")
	c.Flags().StringSliceVar(&t.unsure, "unsure", nil, "a question answered with “I don't know”, likewise (several)")
	c.Flags().StringVar(&t.on, "on", "", "the day of filing: 2026-06-01 (default today)")
	c.Flags().StringVar(&t.lang, "lang", t.lang, "language of the texts")
	return c
}

// told makes a telling of the flags.
func (t *telling) told(c *cobra.Command) (rulebook.Telling, error) {
	told := rulebook.Telling{Stories: t.stories, Replies: map[rulebook.Told]rulebook.Reply{}, On: day.Of(time.Now(), time.UTC)}
	if t.on != "" {
		on, err := day.Parse(t.on)
		if err != nil {
			return told, wrongUse(c, "ask.date", "name", "on", "text", t.on)
		}
		told.On = on
	}
	if len(t.members) == 0 {
		t.members = []string{string(rulebook.Self)}
	}
	for i, kind := range t.members {
		told.Members = append(told.Members, rulebook.Member{ID: strconv.Itoa(i + 1), Kind: rulebook.MemberKind(kind)})
	}
	for reply, all := range map[rulebook.Reply][]string{rulebook.SaidYes: t.yes, rulebook.SaidUnsure: t.unsure} {
		for _, text := range all {
			question, member, _ := strings.Cut(text, "/")
			told.Replies[rulebook.Told{Question: question, Member: member}] = reply
		}
	}
	return told, nil
}

// suggestedClaim is one claim as the command says it.
type suggestedClaim struct {
	Member   string              `json:"member"`
	Kind     rulebook.MemberKind `json:"kind"`
	Category string              `json:"category"`
	Code     string              `json:"code"`
	Title    string              `json:"title"`
	Stories  []string            `json:"stories"`
	Reasons  []string            `json:"reasons"`
	Sure     bool                `json:"sure"`
	Barred   string              `json:"barred,omitempty"` // why it can't be filed on that day
	barred   error
}

// openQuestion is a question of a story without a reply.
type openQuestion struct {
	Question string `json:"question"`
	Member   string `json:"member,omitempty"`
	Text     string `json:"text"`
}

func (a *app) suggest(e *rulebook.Edition, told rulebook.Telling, lang string) error {
	found, err := e.Suggest(told)
	if err != nil {
		return err
	}
	asked, err := e.Ask(told)
	if err != nil {
		return err
	}
	claims, open := make([]suggestedClaim, 0, len(found)), []openQuestion{}
	for _, s := range found {
		c, _ := e.Category(s.Category)
		said := suggestedClaim{Member: s.Member.ID, Kind: s.Member.Kind, Category: c.ID, Code: c.Name(), Title: c.Title.In(lang), Sure: s.Sure, Barred: fault.Code(s.Barred), barred: s.Barred}
		for _, b := range s.Because {
			said.Stories, said.Reasons = append(said.Stories, b.Story), append(said.Reasons, b.Reason.In(lang))
		}
		claims = append(claims, said)
	}
	for _, q := range asked {
		if at := q.Told(); told.Replies[at] == "" {
			text := q.Question.Text
			if q.Question.Each && q.Member.Kind != rulebook.Self && q.Question.Other != nil {
				text = q.Question.Other
			}
			open = append(open, openQuestion{at.Question, at.Member, text.In(lang)})
		}
	}
	return a.print(map[string]any{"claims": claims, "open": open}, func(w io.Writer) { printSuggested(w, claims, open, lang) })
}

func printSuggested(w io.Writer, claims []suggestedClaim, open []openQuestion, lang string) {
	for _, c := range claims {
		fmt.Fprintf(w, "%s %s  %s  %s\n", c.Member, c.Kind, c.Code, c.Title)
		for _, reason := range c.Reasons {
			fmt.Fprintf(w, "    %s\n", reason)
		}
		if !c.Sure {
			fmt.Fprintf(w, "    %s\n", catalogue.Label(lang, "story.unsure"))
		}
		if c.barred != nil {
			fmt.Fprintf(w, "    %s\n", catalogue.Sentence(lang, c.barred))
		}
	}
	if len(claims) == 0 {
		fmt.Fprintln(w, catalogue.Label(lang, "story.none"))
	}
	for _, q := range open {
		fmt.Fprintf(w, "? %s  %s\n", strings.TrimSuffix(q.Question+"/"+q.Member, "/"), q.Text)
	}
}
