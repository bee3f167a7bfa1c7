// Package catalogue holds every sentence that a person reads, by language:
// rooms speak in codes and values, and here a code becomes a sentence that
// says what is the matter and what to do next. One wording serves screen,
// command line and letter.
package catalogue

import (
	"embed"
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/goccy/go-yaml"
	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"

	"github.com/openchancery/chancery/day"
	"github.com/openchancery/chancery/fault"
	"github.com/openchancery/chancery/money"
)

//go:embed */*.yaml
var files embed.FS

// bundle is all languages, read when the first sentence is asked for: most
// commands end without one. The files are compiled in and a test reads each of
// them, so that a broken one can't ship.
var bundle = sync.OnceValue(load)

func load() *i18n.Bundle {
	b := i18n.NewBundle(language.English)
	b.RegisterUnmarshalFunc("yaml", yaml.Unmarshal)
	folders, err := files.ReadDir(".")
	if err != nil {
		panic(err)
	}
	for _, folder := range folders {
		sheets, err := files.ReadDir(folder.Name())
		if err != nil {
			panic(err)
		}
		for _, sheet := range sheets {
			text, err := files.ReadFile(path.Join(folder.Name(), sheet.Name()))
			if err != nil {
				panic(err)
			}
			// go-i18n reads the language from the file's name.
			if _, err := b.ParseMessageFileBytes(text, sheet.Name()+"."+folder.Name()+".yaml"); err != nil {
				panic(fmt.Errorf("catalogue %s/%s: %w", folder.Name(), sheet.Name(), err))
			}
		}
	}
	return b
}

// Say is the sentence for a code, in that language or in English, with its
// values; false when there is none.
func Say(lang, code string, values map[string]string) (string, bool) {
	return said(localizer(lang).Localize(&i18n.LocalizeConfig{MessageID: code, TemplateData: values}))
}

// Count is the sentence for a code and a number of things, in the form that the
// language has for that number: 1 заява, 2 заяви, 5 заяв. In the files such a
// sentence stands as a map of its forms (one, few, many, other), each with
// {{.count}} where the number goes; values are what else it names. It is false
// where there is no such sentence, or no form for the number.
func Count(lang, code string, n int, values map[string]string) (string, bool) {
	with := make(map[string]string, len(values)+1)
	maps.Copy(with, values)
	with["count"] = strconv.Itoa(n)
	return said(localizer(lang).Localize(&i18n.LocalizeConfig{MessageID: code, TemplateData: with, PluralCount: n}))
}

// said is what the library found. It gives an error beside the English sentence
// where the language has none of its own.
func said(text string, err error) (string, bool) {
	_, english := errors.AsType[*i18n.MessageNotFoundErr](err)
	return text, err == nil || english && text != ""
}

// Languages are those that have any sentence, English among them, in order.
var Languages = sync.OnceValue(func() []string {
	var all []string
	for _, tag := range bundle().LanguageTags() {
		all = append(all, tag.String())
	}
	slices.Sort(all)
	return all
})

// localizers are those made so far, by language: to make one takes longer than
// to say a sentence.
var localizers sync.Map

func localizer(lang string) *i18n.Localizer {
	if !slices.Contains(Languages(), lang) {
		lang = "en" // a language comes from outside: it mustn't fill the memory
	}
	if made, ok := localizers.Load(lang); ok {
		return made.(*i18n.Localizer)
	}
	made := i18n.NewLocalizer(bundle(), lang, "en")
	localizers.Store(lang, made)
	return made
}

// Label is the word for a code, such as label.standing.recorded; the code's
// last part where there is none.
func Label(lang, code string) string {
	if text, ok := Say(lang, code, nil); ok {
		return text
	}
	return code[strings.LastIndexByte(code, '.')+1:]
}

// Sentence is what a person is told of an error: its text, with every code in
// it put into words.
func Sentence(lang string, err error) string {
	text := err.Error()
	for _, coded := range faults(err) {
		if sentence, ok := Say(lang, coded.code, coded.values); ok {
			text = strings.Replace(text, coded.log, sentence, 1)
		}
	}
	return text
}

// coded is an error that carries a code: how it stands in a log, and what the
// sentence needs.
type coded struct {
	log, code string
	values    map[string]string
}

// faults are the coded errors within err, outermost first.
func faults(err error) []coded {
	switch e := err.(type) {
	case nil:
		return nil
	case *fault.Fault:
		values := make(map[string]string, len(e.Values))
		for _, v := range e.Values {
			values[v.Name] = v.Text
		}
		return []coded{{e.Error(), e.Code, values}}
	case *day.Error:
		return []coded{{e.Error(), e.Code, map[string]string{"text": e.Text}}}
	case *money.Error:
		return []coded{{e.Error(), e.Code, map[string]string{"text": e.Text}}}
	case interface{ Unwrap() []error }:
		var all []coded
		for _, inner := range e.Unwrap() {
			all = append(all, faults(inner)...)
		}
		return all
	}
	return faults(errors.Unwrap(err))
}

// Codes are all codes of a language, in order.
func Codes(lang string) ([]string, error) {
	sheets, err := files.ReadDir(lang)
	if err != nil {
		return nil, err
	}
	var codes []string
	for _, sheet := range sheets {
		text, err := files.ReadFile(path.Join(lang, sheet.Name()))
		if err != nil {
			return nil, err
		}
		var messages map[string]any
		if err := yaml.Unmarshal(text, &messages); err != nil {
			return nil, fmt.Errorf("catalogue %s/%s: %w", lang, sheet.Name(), err)
		}
		for code := range messages {
			codes = append(codes, code)
		}
	}
	slices.Sort(codes)
	return codes, nil
}
