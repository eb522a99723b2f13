// Command gotemplate answers what Go itself makes of templates, data and tables.
//
// Each line of standard input is a JSON request, each line of standard output its answer:
//
//	{"op": "render", "template": TEXT, "data": NODE}   text/template with containers/common's functions
//	{"op": "encode", "indent": TEXT, "html": BOOL, "data": NODE}   encoding/json
//	{"op": "align", "template": TEXT}   text/tabwriter with podman's settings
//
// A NODE says which Go value to build: see the type below. The answer is {"output": BASE64} or {"error": TEXT}.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"strings"
	"text/tabwriter"
	"text/template"
	"time"
)

// node is one value. Kind is nil, nilpointer, nilslice, nilmap, bool, int, float, string, time, list, map or struct.
type node struct {
	Kind   string           `json:"kind"`
	Bool   bool             `json:"bool"`
	Int    int              `json:"int"`
	Float  float64          `json:"float"`
	Text   []byte           `json:"text"`
	Items  []node           `json:"items"`
	Map    map[string]node  `json:"map"`
	Fields []structureField `json:"fields"`
}

type structureField struct {
	Name      string  `json:"name"`
	Value     node    `json:"value"`
	JSON      *string `json:"json"`
	OmitEmpty bool    `json:"omit_empty"`
	Embedded  bool    `json:"embedded"`
}

type request struct {
	Op       string `json:"op"`
	Template string `json:"template"`
	Data     node   `json:"data"`
	Indent   string `json:"indent"`
	HTML     bool   `json:"html"`
}

type answer struct {
	Output []byte  `json:"output"`
	Error  *string `json:"error,omitempty"`
}

func build(n node) any {
	switch n.Kind {
	case "nil":
		return nil
	case "nilpointer":
		return (*time.Time)(nil)
	case "nilslice":
		return []string(nil)
	case "nilmap":
		return map[string]string(nil)
	case "bool":
		return n.Bool
	case "int":
		return n.Int
	case "float":
		return n.Float
	case "string":
		return string(n.Text)
	case "time":
		parsed, err := time.Parse(time.RFC3339Nano, string(n.Text))
		if err != nil {
			panic(err)
		}
		return parsed
	case "list":
		return buildList(n.Items)
	case "map":
		return buildMap(n.Map)
	case "struct":
		return buildStruct(n.Fields)
	}
	panic("unknown kind " + n.Kind)
}

// elementType is the type of the elements: the scalar that all of them are, or any; string if there are none.
func elementType(values []any) reflect.Type {
	common := reflect.TypeOf("")
	for i, value := range values {
		switch value.(type) {
		case bool, int, float64, string:
		default:
			return reflect.TypeOf((*any)(nil)).Elem()
		}
		if i == 0 {
			common = reflect.TypeOf(value)
		} else if common != reflect.TypeOf(value) {
			return reflect.TypeOf((*any)(nil)).Elem()
		}
	}
	return common
}

func reflected(value any, typ reflect.Type) reflect.Value {
	if value == nil {
		return reflect.Zero(typ)
	}
	return reflect.ValueOf(value)
}

func buildList(items []node) any {
	values := make([]any, 0, len(items))
	for _, item := range items {
		values = append(values, build(item))
	}
	typ := elementType(values)
	list := reflect.MakeSlice(reflect.SliceOf(typ), 0, len(values))
	for _, value := range values {
		list = reflect.Append(list, reflected(value, typ))
	}
	return list.Interface()
}

func buildMap(members map[string]node) any {
	var values []any
	built := map[string]any{}
	for key, member := range members {
		built[key] = build(member)
		values = append(values, built[key])
	}
	typ := elementType(values)
	result := reflect.MakeMap(reflect.MapOf(reflect.TypeOf(""), typ))
	for key, value := range built {
		result.SetMapIndex(reflect.ValueOf(key), reflected(value, typ))
	}
	return result.Interface()
}

func buildStruct(fields []structureField) any {
	var types []reflect.StructField
	var values []any
	for _, field := range fields {
		value := build(field.Value)
		if value == nil {
			value = (*time.Time)(nil)
		}
		tag := ""
		if field.JSON != nil {
			tag = *field.JSON
		}
		if field.OmitEmpty {
			tag += ",omitempty"
		}
		types = append(types, reflect.StructField{
			Name:      field.Name,
			Type:      reflect.TypeOf(value),
			Tag:       reflect.StructTag(fmt.Sprintf("json:%q", tag)),
			Anonymous: field.Embedded,
		})
		values = append(values, value)
	}
	result := reflect.New(reflect.StructOf(types)).Elem()
	for i, value := range values {
		result.Field(i).Set(reflect.ValueOf(value))
	}
	return result.Interface()
}

// functions are those of containers/common, pkg/report; replace is ocitool's own.
var functions = template.FuncMap{
	"join": strings.Join,
	"json": func(v any) (string, error) {
		text, err := encode(v, "", false)
		return string(text), err
	},
	"lower": strings.ToLower,
	"pad": func(source string, prefix, suffix int) string {
		if source == "" {
			return source
		}
		return strings.Repeat(" ", prefix) + source + strings.Repeat(" ", suffix)
	},
	"replace": strings.ReplaceAll,
	"split":   strings.Split,
	"title":   strings.Title,
	"truncate": func(source string, length int) string {
		if len(source) < length {
			return source
		}
		return source[:length]
	},
	"upper": strings.ToUpper,
}

func encode(v any, indent string, html bool) ([]byte, error) {
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(html)
	encoder.SetIndent("", indent)
	err := encoder.Encode(v)
	return bytes.TrimSuffix(buffer.Bytes(), []byte("\n")), err
}

func render(text string, data any) ([]byte, error) {
	parsed, err := template.New("(main)").Funcs(functions).Parse(text)
	if err != nil {
		return nil, err
	}
	var buffer bytes.Buffer
	err = parsed.Execute(&buffer, data)
	return buffer.Bytes(), err
}

func align(text string) ([]byte, error) {
	var buffer bytes.Buffer
	writer := tabwriter.NewWriter(&buffer, 12, 2, 2, ' ', tabwriter.StripEscape)
	if _, err := writer.Write([]byte(text)); err != nil {
		return nil, err
	}
	err := writer.Flush()
	return buffer.Bytes(), err
}

func answerTo(asked request) ([]byte, error) {
	switch asked.Op {
	case "render":
		return render(asked.Template, build(asked.Data))
	case "encode":
		return encode(build(asked.Data), asked.Indent, asked.HTML)
	case "align":
		return align(asked.Template)
	}
	return nil, fmt.Errorf("unknown op %q", asked.Op)
}

func main() {
	requests := json.NewDecoder(bufio.NewReader(os.Stdin))
	answers := json.NewEncoder(os.Stdout)
	for requests.More() {
		var asked request
		if err := requests.Decode(&asked); err != nil {
			panic(err)
		}
		output, err := answerTo(asked)
		given := answer{Output: output}
		if err != nil {
			text := err.Error()
			given = answer{Error: &text}
		}
		if err := answers.Encode(given); err != nil {
			panic(err)
		}
	}
}
