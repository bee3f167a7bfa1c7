package rulebook

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/cost"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/overloads"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"

	"github.com/openchancery/chancery/day"
)

// This is the one file that knows the CEL library. Its environment holds the
// functions below and the names of an edition, and nothing else: no double, no
// clock, no chance, no loop. So what an expression may cost is known when it
// is compiled, and is limited there.

// celTypes are the kinds of this room as CEL's types.
var celTypes = map[kind]*cel.Type{
	numberKind: types.NewOpaqueType("number"),
	dateKind:   types.NewOpaqueType("date"),
	timeKind:   types.NewOpaqueType("time"),
	periodKind: types.NewOpaqueType("period"),
	whenKind:   types.NewOpaqueType("partial-date"),
	textKind:   cel.StringType,
	truthKind:  cel.BoolType,
	listKind:   cel.ListType(cel.StringType),
}

// opaque carries a value of this room through CEL.
type opaque[T any] struct{ v T }

func (o opaque[T]) ConvertToNative(t reflect.Type) (any, error) {
	return nil, fmt.Errorf("%s has no form in %s", o.Type().TypeName(), t)
}

func (o opaque[T]) ConvertToType(t ref.Type) ref.Val {
	return types.NewErr("%s is no %s", o.Type().TypeName(), t.TypeName())
}

func (o opaque[T]) Equal(other ref.Val) ref.Val {
	p, ok := other.(opaque[T])
	if !ok {
		return types.MaybeNoSuchOverloadErr(other)
	}
	if d, ok := any(o.v).(decimal); ok {
		return types.Bool(d.cmp(any(p.v).(decimal)) == 0)
	}
	return types.Bool(any(o.v) == any(p.v))
}

func (o opaque[T]) Type() ref.Type { return typeOf[T]() }

func (o opaque[T]) Value() any { return o.v }

func typeOf[T any]() *cel.Type {
	var zero T
	return celTypes[kindOf(zero)]
}

// wrap is a value, or why there is none, as CEL sees it.
func wrap[T any](v T, err error) ref.Val {
	if err != nil {
		return types.WrapErr(err)
	}
	switch v := any(v).(type) {
	case bool:
		return types.Bool(v)
	case string:
		return types.String(v)
	}
	return opaque[T]{v}
}

// unwrap is what wrap was given; the checker saw to the type.
func unwrap[T any](v ref.Val) T {
	if o, ok := v.(opaque[T]); ok {
		return o.v
	}
	t, _ := v.Value().(T)
	return t
}

func unary[A, R any](id string, do func(A) (R, error)) cel.FunctionOpt {
	return cel.Overload(id, []*cel.Type{typeOf[A]()}, typeOf[R](),
		cel.UnaryBinding(func(a ref.Val) ref.Val { return wrap(do(unwrap[A](a))) }))
}

func binary[A, B, R any](id string, do func(A, B) (R, error)) cel.FunctionOpt {
	return two(cel.Overload, id, do)
}

func member[A, B, R any](id string, do func(A, B) (R, error)) cel.FunctionOpt {
	return two(cel.MemberOverload, id, do)
}

type declare func(id string, args []*cel.Type, gives *cel.Type, options ...cel.OverloadOpt) cel.FunctionOpt

func two[A, B, R any](as declare, id string, do func(A, B) (R, error)) cel.FunctionOpt {
	return as(id, []*cel.Type{typeOf[A](), typeOf[B]()}, typeOf[R](),
		cel.BinaryBinding(func(a, b ref.Val) ref.Val { return wrap(do(unwrap[A](a), unwrap[B](b))) }))
}

// several declares a function of numbers and, where it takes one, of the word
// for a rounding after them.
func several(numbers int, word bool, id string, do func([]decimal, string) (decimal, error)) cel.FunctionOpt {
	args := slices.Repeat([]*cel.Type{celTypes[numberKind]}, numbers)
	if word {
		args = append(args, cel.StringType)
	}
	bind := func(vs ...ref.Val) ref.Val {
		given, mode := make([]decimal, numbers), ""
		for i := range given {
			given[i] = unwrap[decimal](vs[i])
		}
		if word {
			mode = unwrap[string](vs[numbers])
		}
		return wrap(do(given, mode))
	}
	binding := cel.FunctionBinding(bind)
	if len(args) == 2 {
		binding = cel.BinaryBinding(func(a, b ref.Val) ref.Val { return bind(a, b) })
	}
	return cel.Overload(id, args, celTypes[numberKind], binding)
}

// ordered declares one comparison for all types that have an order.
func ordered(operator string, holds func(int) bool) cel.EnvOption {
	return cel.Function(operator,
		binary(operator+"number", func(a, b decimal) (bool, error) { return holds(a.cmp(b)), nil }),
		binary(operator+"date", func(a, b day.Date) (bool, error) { return holds(a.Compare(b)), nil }),
		binary(operator+"time", func(a, b clock) (bool, error) { return holds(strings.Compare(string(a), string(b))), nil }))
}

// numberCall is the function that a number's literal becomes while CEL checks
// the types; nobody can write its name.
const numberCall = "@number"

// literals are the functions whose one argument is written out, and was checked
// before CEL sees it: they are run once, when the expression is compiled.
var literals = map[string]func(string) ref.Val{
	numberCall: func(s string) ref.Val { return wrap(readNumber(s)) },
	"date":     func(s string) ref.Val { return wrap(day.Parse(s)) },
	"period":   func(s string) ref.Val { return wrap(day.ParsePeriod(s)) },
	"time":     func(s string) ref.Val { return wrap(readClock(s)) },
}

// language is the environment without the names of any edition.
var language = sync.OnceValues(func() (*cel.Env, error) {
	a := cel.TypeParamType("A")
	same, truths := []*cel.Type{a, a}, []*cel.Type{cel.BoolType, cel.BoolType}
	return cel.NewCustomEnv(
		cel.ClearMacros(),
		cel.ParserExpressionSizeLimit(maxExpression),
		cel.ParserRecursionLimit(maxNesting),
		cel.ParserErrorRecoveryLimit(4),
		cel.Function(operators.LogicalAnd, cel.Overload(overloads.LogicalAnd, truths, cel.BoolType, cel.OverloadIsNonStrict())),
		cel.Function(operators.LogicalOr, cel.Overload(overloads.LogicalOr, truths, cel.BoolType, cel.OverloadIsNonStrict())),
		cel.Function(operators.LogicalNot, unary(overloads.LogicalNot, func(b bool) (bool, error) { return !b, nil })),
		cel.Function(operators.Conditional, cel.Overload(overloads.Conditional,
			[]*cel.Type{cel.BoolType, a, a}, a, cel.OverloadIsNonStrict())),
		cel.Function(operators.Equals, cel.Overload(overloads.Equals, same, cel.BoolType)),
		cel.Function(operators.NotEquals, cel.Overload(overloads.NotEquals, same, cel.BoolType)),
		cel.Function(operators.In, cel.Overload(overloads.InList, []*cel.Type{a, cel.ListType(a)}, cel.BoolType,
			cel.BinaryBinding(func(v, list ref.Val) ref.Val { return list.(traits.Container).Contains(v) }))),
		ordered(operators.Less, func(c int) bool { return c < 0 }),
		ordered(operators.LessEquals, func(c int) bool { return c <= 0 }),
		ordered(operators.Greater, func(c int) bool { return c > 0 }),
		ordered(operators.GreaterEquals, func(c int) bool { return c >= 0 }),
		cel.Function(operators.Add, binary("add_number", decimal.add),
			binary("add_period", func(d day.Date, p day.Period) (day.Date, error) { return p.After(d), nil })),
		cel.Function(operators.Subtract, binary("subtract_number", func(a, b decimal) (decimal, error) { return a.add(b.neg()) })),
		cel.Function(operators.Multiply, binary("multiply_number", decimal.mul)),
		cel.Function(operators.Divide, binary("divide_number", decimal.quo)),
		cel.Function(operators.Negate, unary("negate_number", func(d decimal) (decimal, error) { return d.neg(), nil })),
		cel.Function("min", several(2, false, "min_2", least), several(3, false, "min_3", least), several(4, false, "min_4", least)),
		cel.Function("max", several(2, false, "max_2", most), several(3, false, "max_3", most), several(4, false, "max_4", most)),
		cel.Function("round", several(2, true, "round", roundTo)),
		cel.Function("divide", several(3, true, "divide", divideTo)),
		cel.Function("size", unary("size_text", func(s string) (decimal, error) { return whole(int64(len([]rune(s)))), nil })),
		cel.Function("contains", member("contains_text", func(s, part string) (bool, error) { return strings.Contains(s, part), nil })),
		cel.Function("startsWith", member("starts_with_text", func(s, part string) (bool, error) { return strings.HasPrefix(s, part), nil })),
		cel.Function("endsWith", member("ends_with_text", func(s, part string) (bool, error) { return strings.HasSuffix(s, part), nil })),
		cel.Function(overloads.Matches, member(overloads.MatchesString, matches)),
		cel.Function("daysUntil", member("days_until", func(d, e day.Date) (decimal, error) { return whole(int64(d.DaysUntil(e))), nil })),
		cel.Function("earliest", unary("earliest", func(w day.When) (day.Date, error) { return w.First(), nil })),
		cel.Function("latest", unary("latest", func(w day.When) (day.Date, error) { return w.Last(), nil })),
		cel.Function(numberCall, unary("number_literal", readNumber)),
		cel.Function("date", unary("date_literal", day.Parse)),
		cel.Function("period", unary("period_literal", day.ParsePeriod)),
		cel.Function("time", unary("time_literal", readClock)),
	)
})

// compiler compiles the expressions over one vocabulary.
type compiler struct {
	env   *cel.Env
	words vocabulary
}

func newCompiler(words vocabulary, e *Edition) (*compiler, error) {
	env, err := language()
	if err != nil {
		return nil, fmt.Errorf("declare the language of rules: %w", err)
	}
	names := e.functions()
	for name, w := range words {
		t := celTypes[w.kind]
		switch constant := w.constant.(type) {
		case []string:
			names = append(names, cel.Constant(name, t, types.NewStringList(types.DefaultTypeAdapter, constant)))
		case day.Date:
			names = append(names, cel.Constant(name, t, opaque[day.Date]{constant}))
		default:
			names = append(names, cel.Variable(name, t), cel.Variable(answeredMark+name, cel.BoolType))
		}
	}
	if env, err = env.Extend(names...); err != nil {
		return nil, fmt.Errorf("declare the names of an edition: %w", err)
	}
	return &compiler{env: env, words: words}, nil
}

// functions are those that read an edition's tables and series, where it has
// any.
func (e *Edition) functions() []cel.EnvOption {
	var all []cel.EnvOption
	if len(e.tables) > 0 {
		text := cel.StringType
		all = append(all, cel.Function(lookupFunction, binary("lookup_number", e.lookup), binary("lookup_word", e.lookupWord),
			cel.Overload("lookup_words", []*cel.Type{text, text, text}, celTypes[numberKind], cel.FunctionBinding(func(vs ...ref.Val) ref.Val {
				return wrap(e.lookupWords(unwrap[string](vs[0]), unwrap[string](vs[1]), unwrap[string](vs[2])))
			}))))
	}
	if len(e.series) > 0 {
		all = append(all, cel.Function(rateFunction, binary("rate_date", e.rate)))
	}
	return all
}

// program is a compiled expression.
type program struct {
	run   cel.Program
	reads []string // the names that it reads, in order, without constants
	term  *term
}

// compile makes a program of an expression that gives a value of that kind, or
// says what is wrong with it.
func (c *compiler) compile(source string, gives kind) (*program, []finding) {
	parsed, issues := c.env.Parse(source)
	if issues.Err() != nil {
		return nil, c.syntax(issues, []rune(source))
	}
	tree := parsed.NativeRep()
	r := reader{source: []rune(source), info: tree.SourceInfo()}
	t := r.term(tree.Expr())
	if found := append(r.found, checkTerms(t, c.words)...); len(found) > 0 {
		return nil, found
	}
	prepare(tree, r.source)
	checked, issues := c.env.Check(parsed)
	if issues.Err() != nil {
		return nil, c.mistyped(issues, tree.SourceInfo())
	}
	if got := checked.OutputType(); !got.IsExactType(celTypes[gives]) {
		return nil, []finding{{code: "expression-gives", values: []string{"gives", plainTypes(cel.FormatCELType(got))}, mend: string(gives)}}
	}
	if estimate, err := c.env.EstimateCost(checked, c); err != nil || estimate.Max > maxCost {
		return nil, []finding{{code: "expression-too-costly", values: []string{"cost", fmt.Sprint(estimate.Max), "most", fmt.Sprint(maxCost)}}}
	}
	if mixed := c.mixed(checked.NativeRep()); len(mixed) > 0 {
		return nil, mixed
	}
	fold(checked.NativeRep())
	run, err := c.env.PlanProgram(checked.NativeRep(), cel.EvalOptions(cel.OptOptimize))
	if err != nil {
		return nil, []finding{{code: "expression-invalid", values: []string{"detail", err.Error()}}}
	}
	return &program{run: run, reads: t.reads(c.words), term: t}, nil
}

// mixed finds what CEL would tell only when it runs: a list of two types.
func (c *compiler) mixed(tree *ast.AST) []finding {
	var found []finding
	ast.PreOrderVisit(tree.Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		if t := tree.GetType(e.ID()); t.Kind() == types.ListKind && t.Parameters()[0].Kind() == types.DynKind {
			found = append(found, finding{at: start(tree.SourceInfo(), e.ID()), code: "expression-mixed"})
		}
	}))
	return found
}

// EstimateSize bounds what a text can hold, by its field.
func (c *compiler) EstimateSize(n cost.AstNode) *cost.SizeEstimate {
	size := uint64(maxWord)
	if len(n.Path()) > 0 {
		if w := c.words[n.Path()[0]]; w.field != nil && w.field.Max > 0 {
			size = uint64(w.field.Max)
		}
	}
	return &cost.SizeEstimate{Min: 0, Max: size}
}

// EstimateCallCost leaves the cost of calls to CEL.
func (c *compiler) EstimateCallCost(_, _ string, _ *cost.AstNode, _ []cost.AstNode) *cost.CallEstimate {
	return nil
}

// reader turns CEL's tree into terms.
type reader struct {
	source []rune
	info   *ast.SourceInfo
	found  []finding
}

func (r *reader) term(e ast.Expr) *term {
	t := &term{at: start(r.info, e.ID())}
	switch e.Kind() {
	case ast.LiteralKind:
		r.literal(t, e)
	case ast.IdentKind:
		t.kind, t.name = nameTerm, e.AsIdent()
	case ast.SelectKind:
		operand := e.AsSelect().Operand()
		if operand.Kind() != ast.IdentKind || e.AsSelect().IsTestOnly() {
			r.refuse(t, "selection")
			break
		}
		t.kind, t.name, t.at = nameTerm, operand.AsIdent()+"."+e.AsSelect().FieldName(), start(r.info, operand.ID())
	case ast.ListKind:
		t.kind = listTerm
		for _, el := range e.AsList().Elements() {
			t.args = append(t.args, r.term(el))
		}
	case ast.CallKind:
		r.call(t, e.AsCall())
	default:
		r.refuse(t, "construction")
	}
	return t
}

// start is where a part of an expression stands in it, in characters.
func start(info *ast.SourceInfo, id int64) int {
	span, _ := info.GetOffsetRange(id)
	return int(span.Start)
}

// digits is a number as its author wrote it: CEL has made a double of it.
func digits(info *ast.SourceInfo, id int64, source []rune) string {
	span, _ := info.GetOffsetRange(id)
	return string(source[span.Start:span.Stop])
}

func (r *reader) refuse(t *term, what string) {
	r.found = append(r.found, finding{at: t.at, code: "expression-not-allowed", values: []string{"what", what}})
}

func (r *reader) literal(t *term, e ast.Expr) {
	switch v := e.AsLiteral().(type) {
	case types.String:
		t.kind, t.text = textTerm, string(v)
	case types.Bool:
		t.text = boolText(bool(v))
	case types.Int, types.Double:
		t.text = digits(r.info, e.ID(), r.source)
		if _, ok := parseDecimal(t.text); !ok {
			r.found = append(r.found, finding{at: t.at, code: "expression-number", values: []string{"number", t.text}})
		}
	default:
		r.refuse(t, "literal")
	}
}

func (r *reader) call(t *term, call ast.CallExpr) {
	t.kind, t.name = callTerm, spelled(call.FunctionName())
	if name := []rune(t.name); t.at >= len(name) && t.at < len(r.source) && r.source[t.at] == '(' {
		t.at -= len(name) // CEL gives the place of the bracket
	}
	if (t.name == linkedFunction || t.name == awardedFunction) && !call.IsMemberFunction() && len(call.Args()) == 1 {
		if text, ok := call.Args()[0].AsLiteral().(types.String); call.Args()[0].Kind() == ast.LiteralKind && ok {
			t.kind, t.name = nameTerm, linkName(t.name, string(text))
			return
		}
	}
	if (t.name == unsureFunction || t.name == declinedFunction) && !call.IsMemberFunction() && len(call.Args()) == 1 && call.Args()[0].Kind() == ast.IdentKind {
		t.kind, t.name = nameTerm, unsaidName(t.name, call.Args()[0].AsIdent())
		return
	}
	if t.name == "answered" && !call.IsMemberFunction() && len(call.Args()) == 1 && call.Args()[0].Kind() == ast.IdentKind {
		t.kind, t.name = answeredTerm, call.Args()[0].AsIdent()
		t.at = start(r.info, call.Args()[0].ID())
		return
	}
	if call.IsMemberFunction() {
		t.args = append(t.args, r.term(call.Target()))
	}
	for _, a := range call.Args() {
		t.args = append(t.args, r.term(a))
	}
}

// prepare writes the tree anew for the checker: numbers, which CEL would take
// for int and double, become calls on their own text, and answered(x) becomes
// a name.
func prepare(tree *ast.AST, source []rune) {
	make := ast.NewExprFactory()
	next := ast.MaxID(tree)
	ast.PostOrderVisit(tree.Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		switch e.Kind() {
		case ast.LiteralKind:
			switch e.AsLiteral().(type) {
			case types.Int, types.Double:
				next++
				text := make.NewLiteral(next, types.String(digits(tree.SourceInfo(), e.ID(), source)))
				e.SetKindCase(make.NewCall(e.ID(), numberCall, text))
			}
		case ast.CallKind:
			switch call := e.AsCall(); call.FunctionName() {
			case unsureFunction, declinedFunction:
				e.SetKindCase(make.NewIdent(e.ID(), unsaidName(call.FunctionName(), call.Args()[0].AsIdent())))
			case "answered":
				e.SetKindCase(make.NewIdent(e.ID(), answeredMark+call.Args()[0].AsIdent()))
			case linkedFunction, awardedFunction:
				category, _ := call.Args()[0].AsLiteral().(types.String)
				e.SetKindCase(make.NewIdent(e.ID(), linkName(call.FunctionName(), string(category))))
			}
		}
	}))
}

// fold replaces the calls of literals by what they give.
func fold(tree *ast.AST) {
	make := ast.NewExprFactory()
	ast.PostOrderVisit(tree.Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		if e.Kind() != ast.CallKind {
			return
		}
		if of, ok := literals[e.AsCall().FunctionName()]; ok {
			text, _ := e.AsCall().Args()[0].AsLiteral().(types.String)
			e.SetKindCase(make.NewLiteral(e.ID(), of(string(text))))
		}
	}))
}

// syntax says where CEL's parser gave up. Its first complaint is the cause; the
// later ones follow from it.
func (c *compiler) syntax(issues *cel.Issues, source []rune) []finding {
	e := issues.Errors()[0]
	f := complaint(e.Message)
	f.at = offsetOf(source, e.Location.Line(), e.Location.Column())
	return []finding{f}
}

func (c *compiler) mistyped(issues *cel.Issues, info *ast.SourceInfo) []finding {
	var found []finding
	for _, e := range issues.Errors() {
		f := typeComplaint(e.Message)
		f.at = start(info, e.ExprID)
		found = append(found, f)
	}
	return found
}

// spelled is a function's name as an author writes it.
func spelled(function string) string {
	if function == operators.Conditional {
		return "?:"
	}
	if name, ok := operators.FindReverse(function); ok && name != "" {
		return name
	}
	return function
}

// scope is a case as a program sees it.
type scope struct{ at *Case }

// ResolveName gives CEL the value under a name; one that isn't there is an
// error that says so, never a zero.
func (s scope) ResolveName(name string) (any, bool) {
	if marked, ok := strings.CutPrefix(name, answeredMark); ok {
		_, answered := s.at.value(marked)
		return types.Bool(answered), true
	}
	v, ok := s.at.value(name)
	if !ok {
		if function, category, link := cutLink(name); link {
			_, err := s.at.linked(function, category)
			return types.WrapErr(err), true
		}
		return types.WrapErr(unanswered(name)), true
	}
	switch v.kind {
	case Date:
		return opaque[day.Date]{v.date}, true
	case Amount:
		return opaque[decimal]{ofAmount(v.amount)}, true
	case Integer:
		return opaque[decimal]{whole(v.number)}, true
	case Boolean:
		return types.Bool(v.number == 1), true
	case PartialDate:
		return opaque[day.When]{v.When()}, true
	case Time:
		return opaque[clock]{clock(v.text)}, true
	}
	return types.String(v.text), true
}

// Parent is that of a scope that stands alone.
func (s scope) Parent() cel.Activation { return nil }

// holds runs a condition.
func (p *program) holds(s scope) (bool, error) {
	v, _, err := p.run.Eval(s)
	if err != nil {
		return false, err
	}
	return v == types.True, nil
}

// date runs an expression that gives a date.
func (p *program) date(s scope) (day.Date, error) {
	v, _, err := p.run.Eval(s)
	if err != nil {
		return day.Date{}, err
	}
	return unwrap[day.Date](v), nil
}

// number runs an expression that gives a number.
func (p *program) number(s scope) (decimal, error) {
	v, _, err := p.run.Eval(s)
	if err != nil {
		return decimal{}, err
	}
	return unwrap[decimal](v), nil
}
