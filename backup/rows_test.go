package backup

import (
	"bytes"
	"reflect"
	"testing"

	"pgregory.net/rapid"
)

func drawRow(t *rapid.T) []any {
	row := make([]any, rapid.IntRange(1, 6).Draw(t, "columns"))
	for i := range row {
		switch rapid.IntRange(0, 2).Draw(t, "type") {
		case 0:
			row[i] = rapid.Int64().Draw(t, "number")
		case 1:
			row[i] = rapid.String().Draw(t, "text")
		case 2:
			row[i] = append([]byte{}, rapid.SliceOf(rapid.Byte()).Draw(t, "bytes")...)
		}
	}
	return row
}

// Whatever rows are written one after another come back so.
func TestRowsComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := rapid.SliceOfN(rapid.Custom(drawRow), 0, 5).Draw(t, "rows")
		var text []byte
		for _, row := range rows {
			var err error
			if text, err = appendRow(text, row); err != nil {
				t.Fatal(err)
			}
		}
		for _, want := range rows {
			row, rest, err := takeRow(text, len(want))
			if err != nil || !reflect.DeepEqual(row, want) {
				t.Fatalf("%v came back as %v, %v", want, row, err)
			}
			text = rest
		}
		if len(text) > 0 {
			t.Fatalf("%d bytes are left over", len(text))
		}
	})
}

// What is no row is an error, never a panic, and never longer than what is there.
func TestWhatIsNoRowIsRefused(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.SliceOf(rapid.Byte()).Draw(t, "text")
		row, rest, err := takeRow(text, rapid.IntRange(1, 4).Draw(t, "columns"))
		if err == nil && (len(rest) >= len(text) || row == nil) {
			t.Fatalf("%x gave %v and left %x", text, row, rest)
		}
	})
	if _, err := appendRow(nil, []any{nil}); err == nil {
		t.Error("nil is a value")
	}
}

// The index gives back each record, bucket by bucket, and tells which were passed.
func TestTheIndexIsReadByBuckets(t *testing.T) {
	record := func(b string, tag byte, part uint32) indexed {
		return indexed{bucket([]byte(b)), rowTag{tag}, part}
	}
	var text []byte
	for _, r := range []indexed{record("0000", 1, 7), record("00aa", 2, 8), record("00aa", 3, 9), record("0100", 4, 1<<31), record("ffff", 5, 0)} {
		text = r.appendTo(text)
	}
	x := readIndex(bytes.NewReader(text))
	var passed []uint32
	note := func(r indexed) { passed = append(passed, r.part) }
	held, err := x.upTo(bucket([]byte("00aa")), note)
	if err != nil || len(held) != 2 || held[rowTag{3}] != 9 || len(passed) != 1 || passed[0] != 7 {
		t.Errorf("held %v, passed %v, %v", held, passed, err)
	}
	held, err = x.upTo(bucket([]byte("0101")), note)
	if err != nil || len(held) != 0 || len(passed) != 2 || passed[1] != 1<<31 {
		t.Errorf("held %v, passed %v, %v", held, passed, err)
	}
	if r, ok, err := x.one(); !ok || err != nil || r.part != 0 {
		t.Errorf("then %v, %v, %v", r, ok, err)
	}
	if _, ok, err := x.one(); ok || err != nil {
		t.Errorf("at the end %v, %v", ok, err)
	}
	if _, _, err := readIndex(bytes.NewReader(text[:30])).one(); err != nil {
		t.Error(err)
	}
	torn := readIndex(bytes.NewReader(text[:30]))
	if _, err := torn.upTo(bucket([]byte("ffff")), note); err == nil {
		t.Error("a torn record passes for the end")
	}
}
