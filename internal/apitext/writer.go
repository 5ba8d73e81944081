package apitext

import (
	"fmt"
	"go/types"
	"strings"
)

// writer collects the lines of a package.
type writer struct {
	pkg    *types.Package
	prefix string
	lines  []string
}

func (w *writer) line(format string, args ...any) {
	w.lines = append(w.lines, w.prefix+fmt.Sprintf(format, args...))
}

// qualifier names packages other than the one that is written.
func (w *writer) qualifier(p *types.Package) string {
	if p == w.pkg {
		return ""
	}
	return p.Name()
}

func (w *writer) typ(t types.Type) string { return types.TypeString(t, w.qualifier) }

// signature is a function's type without the word func.
func (w *writer) signature(t types.Type) string {
	return strings.TrimPrefix(w.typ(t), "func")
}

func (w *writer) object(obj types.Object) {
	switch o := obj.(type) {
	case *types.Const:
		w.line("const %s %s = %s", o.Name(), w.typ(o.Type()), o.Val().ExactString())
	case *types.Var:
		w.line("var %s %s", o.Name(), w.typ(o.Type()))
	case *types.Func:
		w.line("func %s%s", o.Name(), w.signature(o.Type()))
	case *types.TypeName:
		w.typeName(o)
	}
}

func (w *writer) typeName(o *types.TypeName) {
	if o.IsAlias() {
		w.alias(o)
		return
	}
	named, ok := o.Type().(*types.Named)
	if !ok {
		return
	}
	name := o.Name() + w.parameters(named.TypeParams())
	switch t := named.Underlying().(type) {
	case *types.Struct:
		w.structure(name, named, t)
	case *types.Interface:
		w.interfaces(name, t)
		return // its methods are there
	default:
		w.line("type %s %s", name, w.typ(t))
	}
	w.methods(o.Name(), named)
}

func (w *writer) alias(o *types.TypeName) {
	alias, ok := o.Type().(*types.Alias)
	if !ok {
		w.line("type %s = %s", o.Name(), w.typ(o.Type()))
		return
	}
	w.line("type %s%s = %s", o.Name(), w.parameters(alias.TypeParams()), w.typ(alias.Rhs()))
}

// parameters are the type parameters of a declaration, with their constraints.
func (w *writer) parameters(list *types.TypeParamList) string {
	if list.Len() == 0 {
		return ""
	}
	var params []string
	for p := range list.TypeParams() {
		params = append(params, p.Obj().Name()+" "+w.typ(p.Constraint()))
	}
	return "[" + strings.Join(params, ", ") + "]"
}

func (w *writer) structure(name string, named *types.Named, t *types.Struct) {
	w.line("type %s struct", name)
	if types.Comparable(named) {
		w.line("type %s struct, comparable", name)
	}
	w.fields(name, t, make(map[*types.Struct]bool))
}

// fields writes the exported fields, and those of embedded structs that have no
// exported name of their own.
func (w *writer) fields(name string, t *types.Struct, seen map[*types.Struct]bool) {
	if seen[t] {
		return
	}
	seen[t] = true
	for i := range t.NumFields() {
		f := t.Field(i)
		tag := ""
		if t.Tag(i) != "" {
			tag = " `" + t.Tag(i) + "`"
		}
		switch {
		case f.Exported() && f.Embedded():
			w.line("type %s struct, embedded %s%s", name, w.typ(f.Type()), tag)
		case f.Exported():
			w.line("type %s struct, %s %s%s", name, f.Name(), w.typ(f.Type()), tag)
		case f.Embedded():
			if inner, ok := underlying(f.Type()).(*types.Struct); ok {
				w.fields(name, inner, seen)
			}
		}
	}
}

// underlying is what a type, or what a pointer points to, is made of.
func underlying(t types.Type) types.Type {
	if p, ok := t.Underlying().(*types.Pointer); ok {
		t = p.Elem()
	}
	return t.Underlying()
}

func (w *writer) interfaces(name string, t *types.Interface) {
	w.line("type %s interface", name)
	for m := range t.Methods() { // with those of embedded interfaces
		if m.Exported() {
			w.line("type %s interface, %s%s", name, m.Name(), w.signature(m.Type()))
		} else {
			w.line("type %s interface, unexported methods", name)
		}
	}
	for e := range t.EmbeddedTypes() {
		if _, ok := e.Underlying().(*types.Interface); !ok {
			w.line("type %s interface, embedded %s", name, w.typ(e)) // a constraint
		}
	}
	if t.IsComparable() {
		w.line("type %s interface, comparable", name)
	}
}

// methods writes the exported methods of a type, with those that it has of an
// embedded type that is not exported.
func (w *writer) methods(name string, named *types.Named) {
	set := types.NewMethodSet(types.NewPointer(named))
	for i := range set.Len() {
		sel := set.At(i)
		if !sel.Obj().Exported() {
			continue
		}
		m, ok := sel.Obj().(*types.Func)
		if !ok || len(sel.Index()) > 1 && throughExported(named, sel.Index()[0]) {
			continue
		}
		w.line("method (%s) %s%s", w.receiver(name, named, m, len(sel.Index()) > 1), m.Name(), w.signature(m.Type()))
	}
}

// throughExported reports whether a field is embedded and exported: it has a line,
// and its type has lines of its own.
func throughExported(named *types.Named, field int) bool {
	s, ok := named.Underlying().(*types.Struct)
	return ok && s.Field(field).Exported()
}

func (w *writer) receiver(name string, named *types.Named, m *types.Func, promoted bool) string {
	if list := named.TypeParams(); list.Len() > 0 {
		var params []string
		for p := range list.TypeParams() {
			params = append(params, p.Obj().Name())
		}
		name += "[" + strings.Join(params, ", ") + "]"
	}
	if promoted {
		// What values have, pointers have: see whether values do.
		values := types.NewMethodSet(named)
		if values.Lookup(m.Pkg(), m.Name()) != nil {
			return name
		}
		return "*" + name
	}
	if _, ok := m.Signature().Recv().Type().(*types.Pointer); ok {
		return "*" + name
	}
	return name
}
