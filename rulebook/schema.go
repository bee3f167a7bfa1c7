package rulebook

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
	broken "github.com/santhosh-tekuri/jsonschema/v6/kind"
)

//go:generate cp schema.json ../docs/rulebook.schema.json

//go:embed schema.json
var schemaJSON []byte

// Schema is the JSON Schema (draft 2020-12) of a rulebook's shape, for editors
// that complete and check while one writes. What it can't say, such as that a
// field named in a category exists, Parse checks after it.
func Schema() []byte { return bytes.Clone(schemaJSON) }

const schemaURL = "rulebook.schema.json"

// schema is the compiled schema, and its JSON to look allowed keys up in.
type schema struct {
	*jsonschema.Schema
	raw any
}

var compiledSchema = sync.OnceValues(func() (*schema, error) {
	raw, err := jsonschema.UnmarshalJSON(bytes.NewReader(schemaJSON))
	if err != nil {
		return nil, fmt.Errorf("read the schema of rulebooks: %w", err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource(schemaURL, raw); err != nil {
		return nil, fmt.Errorf("add the schema of rulebooks: %w", err)
	}
	s, err := c.Compile(schemaURL)
	if err != nil {
		return nil, fmt.Errorf("compile the schema of rulebooks: %w", err)
	}
	return &schema{Schema: s, raw: raw}, nil
})

// checkShape holds the file against the schema.
func checkShape(file string, root *node) Problems {
	s, err := compiledSchema()
	if err != nil {
		return Problems{newProblem(file, root, "schema-unusable", "", "detail", err.Error())}
	}
	err = s.Validate(root.plain())
	if err == nil {
		return nil
	}
	v, ok := errors.AsType[*jsonschema.ValidationError](err)
	if !ok {
		return Problems{newProblem(file, root, "schema-unusable", "", "detail", err.Error())}
	}
	c := shape{file: file, root: root, schema: s}
	c.collect(v)
	return c.problems
}

// shape turns what the schema library says into problems at their places.
type shape struct {
	file     string
	root     *node
	schema   *schema
	problems Problems
}

// collect stops where there is more than is told: finding the place of each of
// many thousand would take its time.
func (c *shape) collect(e *jsonschema.ValidationError) {
	if len(c.problems) >= maxProblems {
		return
	}
	if len(e.Causes) == 0 {
		c.say(e)
		return
	}
	for _, cause := range e.Causes {
		c.collect(cause)
	}
}

func (c *shape) add(at *node, code, mend string, values ...string) {
	c.problems = append(c.problems, newProblem(c.file, at, code, mend, values...))
}

func (c *shape) say(e *jsonschema.ValidationError) {
	at := c.find(e.InstanceLocation)
	got := clip(at.str())
	switch k := e.ErrorKind.(type) {
	case *broken.AdditionalProperties:
		allowed := c.allowed(e)
		slices.Sort(k.Properties) // the library's own order is another each time
		for _, key := range k.Properties[:min(len(k.Properties), maxProblems)] {
			c.add(keyOf(at, key), "unknown-key", nearest(key, allowed), "key", clip(key))
		}
	case *broken.Required:
		for _, key := range k.Missing {
			c.add(at, "missing-key", key, "key", key)
		}
	case *broken.Type:
		c.add(at, "wrong-type", strings.Join(k.Want, ", "), "got", k.Got)
	case *broken.Enum:
		c.add(at, "not-one-of", listed(k.Want), "got", got)
	case *broken.Const:
		c.add(at, "not-one-of", fmt.Sprint(k.Want), "got", got)
	case *broken.Pattern:
		c.add(at, "wrong-form", c.example(e), "got", got)
	case *broken.Minimum:
		c.add(at, "number-too-small", k.Want.RatString(), "got", got)
	case *broken.Maximum:
		c.add(at, "number-too-large", k.Want.RatString(), "got", got)
	case *broken.MaxLength:
		c.add(at, "too-long", "", "characters", strconv.Itoa(k.Got), "most", strconv.Itoa(k.Want))
	case *broken.MinLength:
		c.add(at, "too-short", "", "least", strconv.Itoa(k.Want))
	case *broken.MaxItems:
		c.add(at, "too-many", "", "count", strconv.Itoa(k.Got), "most", strconv.Itoa(k.Want))
	case *broken.MaxProperties:
		c.add(at, "too-many", "", "count", strconv.Itoa(k.Got), "most", strconv.Itoa(k.Want))
	case *broken.MinItems:
		c.add(at, "too-few", "", "least", strconv.Itoa(k.Want))
	case *broken.MinProperties:
		c.add(at, "too-few", "", "least", strconv.Itoa(k.Want))
	case *broken.UniqueItems:
		c.add(at.items[k.Duplicates[1]], "twice", "", "word", clip(at.items[k.Duplicates[1]].str()))
	default:
		c.add(at, "wrong-shape", c.example(e), "keyword", strings.Join(e.ErrorKind.KeywordPath(), "/"))
	}
}

func listed(words []any) string {
	var all []string
	for _, w := range words {
		all = append(all, fmt.Sprint(w))
	}
	return strings.Join(all, ", ")
}

// find is the node at a JSON path. A name that breaks the pattern for names
// has no node of its own: then it is the map.
func (c *shape) find(path []string) *node {
	at := c.root
	for _, step := range path {
		next := at.get(step)
		if i, err := strconv.Atoi(step); err == nil && at.kind == listNode && i < len(at.items) {
			next = at.items[i]
		}
		if next == nil {
			return at
		}
		at = next
	}
	return at
}

func keyOf(at *node, key string) *node {
	for _, k := range at.keys {
		if k.text == key {
			return k
		}
	}
	return at
}

// allowed are the keys that the schema names at the place of an error.
func (c *shape) allowed(e *jsonschema.ValidationError) []string {
	properties, _ := c.at(e)["properties"].(map[string]any)
	return slices.Sorted(maps.Keys(properties))
}

// example is one that the schema gives for the place of an error.
func (c *shape) example(e *jsonschema.ValidationError) string {
	examples, _ := c.at(e)["examples"].([]any)
	if len(examples) == 0 {
		return ""
	}
	return fmt.Sprint(examples[0])
}

// at is the part of the schema that an error broke.
func (c *shape) at(e *jsonschema.ValidationError) map[string]any {
	_, pointer, _ := strings.Cut(e.SchemaURL, "#")
	at, _ := c.schema.raw.(map[string]any)
	for _, step := range strings.Split(strings.Trim(pointer, "/"), "/") {
		if step == "" {
			continue
		}
		step = strings.ReplaceAll(strings.ReplaceAll(step, "~1", "/"), "~0", "~")
		at, _ = at[step].(map[string]any)
	}
	return at
}
