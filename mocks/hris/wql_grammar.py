"""WQL's grammar (hris-workday.md section 5): one data source, conditions, order, limit.

Keywords in any case; texts in single or double quotes, a quote inside is doubled. Grouping and nested selections are
not offered and therefore do not parse.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lark import Lark, Tree

GRAMMAR = r"""
query: SELECT selection FROM NAME parameters? where? order? limit?
selection: item ("," item)*
item: NAME (AS NAME)?
parameters: "(" parameter ("," parameter)* ")"
parameter: NAME "=" (NAME | STRING)
where: WHERE condition
order: ORDER BY sorting ("," sorting)*
sorting: NAME (ASC | DESC)?
limit: LIMIT NUMBER

?condition: any_of
?any_of: all_of (OR all_of)*
?all_of: simple (AND simple)*
?simple: NOT simple -> negation
       | "(" condition ")"
       | NAME OP literal -> compared
       | NAME IN "(" literal ("," literal)* ")" -> within
       | NAME NOT IN "(" literal ("," literal)* ")" -> without
       | NAME IS EMPTY -> empty
       | NAME IS NOT EMPTY -> filled

?literal: STRING -> string
        | NUMBER -> number
        | TRUE -> true
        | FALSE -> false

OP: "=" | "!=" | "<>" | "<=" | ">=" | "<" | ">"
STRING: /'(?:[^']|'')*'/ | /"(?:[^"]|"")*"/
NUMBER: /-?\d{1,12}(?:\.\d{1,6})?/
NAME: /[A-Za-z]\w*/
%ignore /\s+/
"""
_KEYWORDS = (
    *("AND", "AS", "ASC", "BY", "DESC", "EMPTY", "FALSE", "FROM", "IN", "IS", "LIMIT", "NOT", "OR", "ORDER"),
    *("SELECT", "TRUE", "WHERE"),
)
_TERMINALS = "\n".join(rf"{word}.2: /{word.lower()}(?!\w)/i" for word in _KEYWORDS)
_LENGTH_MAX = 20_000


@cache
def _parser() -> Lark:
    from lark import Lark

    return Lark(f"{GRAMMAR}\n{_TERMINALS}", parser="lalr", start="query")


def parse(text: str) -> Tree[Any]:
    """The tree of a query; raises ValueError saying where it does not parse."""
    from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken

    if len(text) > _LENGTH_MAX:
        raise ValueError(f"the query is longer than {_LENGTH_MAX} characters")
    try:
        return _parser().parse(text)
    except UnexpectedToken as wrong:
        what = "the end" if wrong.token.type == "$END" else repr(str(wrong.token))
        raise ValueError(f"unexpected {what} at line {wrong.line}, column {wrong.column}") from None
    except UnexpectedCharacters as wrong:
        raise ValueError(f"unexpected character at line {wrong.line}, column {wrong.column}") from None
    except UnexpectedInput as wrong:
        raise ValueError(str(wrong)) from None
