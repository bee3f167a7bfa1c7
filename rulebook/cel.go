package rulebook

import (
	"errors"
	"fmt"
	"reflect"
	"regexp"
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
	"github.com/openchancery/chancery/money"
)

// This is the one file that knows the CEL library. Its environment holds the
// functions below and the names of an edition, and nothing else: no double, no
// clock, no chance, no loop. So what an expression may cost is known when it
// is compiled, and is limited there.

// The types of the environment beside CEL's own text, boolean and list.
var (
	numberType = types.NewOpaqueType("number")
	dateType   = types.NewOpaqueType("date")
	timeType   = types.NewOpaqueType("time")
	periodType = types.NewOpaqueType("period")
)

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

func (o opaque[T]) Type() ref.Type { return celType[T]() }

func (o opaque[T]) Value() any { return o.v }

func celType[T any]() *cel.Type {
	var zero T
	switch any(zero).(type) {
	case decimal:
		return numberType
	case day.Date:
		return dateType
	case clock:
		return timeType
	case day.Period:
		return periodType
	case bool:
		return cel.BoolType
	}
	return cel.StringType
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
	return cel.Overload(id, []*cel.Type{celType[A]()}, celType[R](),
		cel.UnaryBinding(func(a ref.Val) ref.Val { return wrap(do(unwrap[A](a))) }))
}

func binary[A, B, R any](id string, do func(A, B) (R, error)) cel.FunctionOpt {
	return cel.Overload(id, []*cel.Type{celType[A](), celType[B]()}, celType[R](),
		cel.BinaryBinding(func(a, b ref.Val) ref.Val { return wrap(do(unwrap[A](a), unwrap[B](b))) }))
}

func member[A, B, R any](id string, do func(A, B) (R, error)) cel.FunctionOpt {
	return cel.MemberOverload(id, []*cel.Type{celType[A](), celType[B]()}, celType[R](),
		cel.BinaryBinding(func(a, b ref.Val) ref.Val { return wrap(do(unwrap[A](a), unwrap[B](b))) }))
}

// extreme is min or max of so many numbers.
func extreme(id string, count int, sign int) cel.FunctionOpt {
	args := make([]*cel.Type, count)
	for i := range args {
		args[i] = numberType
	}
	pick := func(vs ...ref.Val) ref.Val {
		best := vs[0]
		for _, v := range vs[1:] {
			if unwrap[decimal](v).cmp(unwrap[decimal](best))*sign > 0 {
				best = v
			}
		}
		return best
	}
	binding := cel.FunctionBinding(pick)
	if count == 2 {
		binding = cel.BinaryBinding(func(a, b ref.Val) ref.Val { return pick(a, b) })
	}
	return cel.Overload(fmt.Sprintf("%s_%d", id, count), args, numberType, binding)
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

// literalOf makes the values that are written as a text in brackets. What they
// hold is checked before CEL sees it.
var literalOf = map[string]func(string) ref.Val{
	numberCall: func(s string) ref.Val { d, _ := parseDecimal(s); return opaque[decimal]{d} },
	"date":     func(s string) ref.Val { d, err := day.Parse(s); return wrap(d, err) },
	"period":   func(s string) ref.Val { p, err := day.ParsePeriod(s); return wrap(p, err) },
	"time":     func(s string) ref.Val { return opaque[clock]{clock(s)} },
}

// language is the environment without the names of any edition.
var language = sync.OnceValues(func() (*cel.Env, error) {
	a := cel.TypeParamType("A")
	same := []*cel.Type{a, a}
	text := []*cel.Type{cel.StringType}
	literal := func(name string, gives *cel.Type) cel.EnvOption {
		return cel.Function(name, cel.Overload(name+"_literal", text, gives,
			cel.UnaryBinding(func(v ref.Val) ref.Val { return literalOf[name](unwrap[string](v)) })))
	}
	return cel.NewCustomEnv(
		cel.ClearMacros(),
		cel.CustomTypeAdapter(adapter{}),
		cel.ParserExpressionSizeLimit(maxExpression),
		cel.ParserRecursionLimit(maxNesting),
		cel.ParserErrorRecoveryLimit(4),
		cel.Function(operators.LogicalAnd, logical(overloads.LogicalAnd, cel.BoolType, cel.BoolType)),
		cel.Function(operators.LogicalOr, logical(overloads.LogicalOr, cel.BoolType, cel.BoolType)),
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
		cel.Function("min", extreme("min", 2, -1), extreme("min", 3, -1), extreme("min", 4, -1)),
		cel.Function("max", extreme("max", 2, 1), extreme("max", 3, 1), extreme("max", 4, 1)),
		cel.Function("round", cel.Overload("round_number", []*cel.Type{numberType, numberType, cel.StringType}, numberType,
			cel.FunctionBinding(func(a ...ref.Val) ref.Val {
				return wrap(rounded(unwrap[decimal](a[0]), whole(1), unwrap[decimal](a[1]), unwrap[string](a[2])))
			}))),
		cel.Function("divide", cel.Overload("divide_rounded", []*cel.Type{numberType, numberType, numberType, cel.StringType}, numberType,
			cel.FunctionBinding(func(a ...ref.Val) ref.Val {
				return wrap(rounded(unwrap[decimal](a[0]), unwrap[decimal](a[1]), unwrap[decimal](a[2]), unwrap[string](a[3])))
			}))),
		cel.Function("size", unary("size_text", func(s string) (decimal, error) { return whole(int64(len([]rune(s)))), nil })),
		cel.Function("contains", member("contains_text", func(s, part string) (bool, error) { return strings.Contains(s, part), nil })),
		cel.Function("startsWith", member("starts_with_text", func(s, part string) (bool, error) { return strings.HasPrefix(s, part), nil })),
		cel.Function("endsWith", member("ends_with_text", func(s, part string) (bool, error) { return strings.HasSuffix(s, part), nil })),
		cel.Function(overloads.Matches, member(overloads.MatchesString, matches)),
		cel.Function("daysUntil", member("days_until", func(d, e day.Date) (decimal, error) { return whole(int64(d.DaysUntil(e))), nil })),
		literal(numberCall, numberType), literal("date", dateType), literal("period", periodType), literal("time", timeType),
	)
})

// logical declares && or ||: an operand that can't be told doesn't count where
// the other one decides.
func logical(id string, a, b *cel.Type) cel.FunctionOpt {
	return cel.Overload(id, []*cel.Type{a, b}, cel.BoolType, cel.OverloadIsNonStrict())
}

// rounded is x / y with so many decimals; mode was checked when it was parsed.
func rounded(x, y, places decimal, mode string) (decimal, error) {
	n, err := places.small32()
	if err != nil || n < 0 || n > maxScale {
		return decimal{}, notWhole
	}
	return x.quoRounded(y, n, money.Rounding(mode))
}

// adapter hands values through: this room makes them in CEL's form itself.
type adapter struct{}

func (adapter) NativeToValue(v any) ref.Val {
	if v, ok := v.(ref.Val); ok {
		return v
	}
	return types.DefaultTypeAdapter.NativeToValue(v)
}

// compiler compiles the expressions over one vocabulary.
type compiler struct {
	env   *cel.Env
	words vocabulary
}

func newCompiler(words vocabulary) (*compiler, error) {
	env, err := language()
	if err != nil {
		return nil, fmt.Errorf("declare the language of rules: %w", err)
	}
	var names []cel.EnvOption
	for name, w := range words {
		if w.constant != nil {
			names = append(names, cel.Constant(name, kindType(w.kind), constantOf(w.constant)))
			continue
		}
		names = append(names, cel.Variable(name, kindType(w.kind)), cel.Variable(answeredMark+name, cel.BoolType))
	}
	if env, err = env.Extend(names...); err != nil {
		return nil, fmt.Errorf("declare the names of an edition: %w", err)
	}
	return &compiler{env: env, words: words}, nil
}

func kindType(k kind) *cel.Type {
	switch k {
	case numberKind:
		return numberType
	case dateKind:
		return dateType
	case timeKind:
		return timeType
	case truthKind:
		return cel.BoolType
	case listKind:
		return cel.ListType(cel.StringType)
	}
	return cel.StringType
}

func constantOf(v any) ref.Val {
	if list, ok := v.([]string); ok {
		return types.NewStringList(adapter{}, list)
	}
	d, _ := v.(day.Date)
	return opaque[day.Date]{d}
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
		return nil, c.syntax(issues)
	}
	tree := parsed.NativeRep()
	r := reader{source: []rune(source), info: tree.SourceInfo(), words: c.words}
	t := r.term(tree.Expr())
	found := append(r.found, checkTerms(t, c.words)...)
	if len(found) > 0 {
		return nil, found
	}
	prepare(tree, r.source)
	checked, issues := c.env.Check(parsed)
	if issues.Err() != nil {
		return nil, c.mistyped(issues, tree.SourceInfo())
	}
	if got := checked.OutputType(); !got.IsExactType(kindType(gives)) {
		return nil, []finding{{code: "expression-gives", values: []string{"gives", cel.FormatCELType(got)}, mend: string(gives)}}
	}
	if estimate, err := c.env.EstimateCost(checked, c); err != nil || estimate.Max > maxCost {
		return nil, []finding{{code: "expression-too-costly", values: []string{"cost", fmt.Sprint(estimate.Max), "most", fmt.Sprint(maxCost)}}}
	}
	fold(checked.NativeRep())
	run, err := c.env.PlanProgram(checked.NativeRep(), cel.EvalOptions(cel.OptOptimize))
	if err != nil {
		return nil, []finding{{code: "expression-invalid", values: []string{"detail", err.Error()}}}
	}
	return &program{run: run, reads: t.reads(c.words), term: t}, nil
}

// EstimateSize bounds what a text can hold, by its field.
func (c *compiler) EstimateSize(n cost.AstNode) *cost.SizeEstimate {
	if len(n.Path()) == 0 {
		return nil
	}
	size := uint64(maxWord)
	if w := c.words[n.Path()[0]]; w.field != nil && w.field.Type == Text {
		size = uint64(w.field.Max)
	}
	return &cost.SizeEstimate{Min: 0, Max: size}
}

// EstimateCallCost leaves the cost of calls to CEL.
func (c *compiler) EstimateCallCost(string, string, *cost.AstNode, []cost.AstNode) *cost.CallEstimate {
	return nil
}

// reader turns CEL's tree into terms.
type reader struct {
	source []rune
	info   *ast.SourceInfo
	words  vocabulary
	found  []finding
}

func (r *reader) term(e ast.Expr) *term {
	span, _ := r.info.GetOffsetRange(e.ID())
	t := &term{at: int(span.Start)}
	switch e.Kind() {
	case ast.LiteralKind:
		r.literal(t, e.AsLiteral(), span)
	case ast.IdentKind:
		t.kind, t.name = nameTerm, e.AsIdent()
	case ast.SelectKind:
		operand := e.AsSelect().Operand()
		if operand.Kind() != ast.IdentKind || e.AsSelect().IsTestOnly() {
			r.refuse(t, "selection")
			break
		}
		t.kind, t.name, t.at = nameTerm, operand.AsIdent()+"."+e.AsSelect().FieldName(), r.start(operand)
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

func (r *reader) start(e ast.Expr) int {
	span, _ := r.info.GetOffsetRange(e.ID())
	return int(span.Start)
}

func (r *reader) refuse(t *term, what string) {
	r.found = append(r.found, finding{at: t.at, code: "expression-not-allowed", values: []string{"what", what}})
}

func (r *reader) literal(t *term, v ref.Val, span ast.OffsetRange) {
	switch v := v.(type) {
	case types.String:
		t.kind, t.text = textTerm, string(v)
	case types.Bool:
	case types.Int, types.Double:
		t.text = string(r.source[span.Start:span.Stop])
		if _, ok := parseDecimal(t.text); !ok {
			r.found = append(r.found, finding{at: t.at, code: "expression-number", values: []string{"number", t.text}})
		}
	default:
		r.refuse(t, "literal")
	}
}

func (r *reader) call(t *term, call ast.CallExpr) {
	t.kind, t.name = callTerm, spelled(call.FunctionName())
	if t.name == "answered" && !call.IsMemberFunction() && len(call.Args()) == 1 && call.Args()[0].Kind() == ast.IdentKind {
		t.kind, t.name = answeredTerm, call.Args()[0].AsIdent()
		t.at = r.start(call.Args()[0])
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
				span, _ := tree.SourceInfo().GetOffsetRange(e.ID())
				next++
				text := make.NewLiteral(next, types.String(source[span.Start:span.Stop]))
				e.SetKindCase(make.NewCall(e.ID(), numberCall, text))
			}
		case ast.CallKind:
			if call := e.AsCall(); call.FunctionName() == "answered" {
				e.SetKindCase(make.NewIdent(e.ID(), answeredMark+call.Args()[0].AsIdent()))
			}
		}
	}))
}

// fold replaces the calls of literalOf by what they give.
func fold(tree *ast.AST) {
	make := ast.NewExprFactory()
	ast.PostOrderVisit(tree.Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		if e.Kind() != ast.CallKind {
			return
		}
		if of, ok := literalOf[e.AsCall().FunctionName()]; ok {
			text, _ := e.AsCall().Args()[0].AsLiteral().(types.String)
			e.SetKindCase(make.NewLiteral(e.ID(), of(string(text))))
		}
	}))
}

// syntax says where CEL's parser gave up. Its first complaint is the cause; the
// later ones follow from it.
func (c *compiler) syntax(issues *cel.Issues) []finding {
	e := issues.Errors()[0]
	detail := strings.TrimPrefix(strings.SplitN(e.Message, "\n", 2)[0], "Syntax error: ")
	return []finding{{at: max(e.Location.Column(), 0), line: max(e.Location.Line()-1, 0), code: "expression-syntax", values: []string{"detail", detail}}}
}

// noOverload is how CEL says that a function doesn't take these types.
var noOverload = regexp.MustCompile(`^found no matching overload for '([^']*)' applied to '(.*)'$`)

func (c *compiler) mistyped(issues *cel.Issues, info *ast.SourceInfo) []finding {
	var found []finding
	for _, e := range issues.Errors() {
		f := finding{code: "expression-invalid", values: []string{"detail", e.Message}}
		if span, ok := info.GetOffsetRange(e.ExprID); ok {
			f.at = int(span.Start)
		}
		if m := noOverload.FindStringSubmatch(e.Message); m != nil {
			f.code, f.values = "expression-types", []string{"function", spelled(m[1]), "types", strings.Trim(strings.ReplaceAll(m[2], ").(", ", "), "()")}
		}
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
		return false, cause(err)
	}
	return v == types.True, nil
}

// number runs an expression that gives a number.
func (p *program) number(s scope) (decimal, error) {
	v, _, err := p.run.Eval(s)
	if err != nil {
		return decimal{}, cause(err)
	}
	return unwrap[decimal](v), nil
}

// cause is what this room said, out of what CEL wrapped around it.
func cause(err error) error {
	if u, ok := errors.AsType[unanswered](err); ok {
		return u
	}
	if a, ok := errors.AsType[arithmetic](err); ok {
		return a
	}
	return err
}
