"""SOQL's grammar, and the shape of a query: its text with every literal blanked, so that equal shapes compile once.

The grammar covers more than is offered; what is not offered is refused by name in ``query_*.py``. As with the
vendor, AND and OR do not mix without parentheses, and NOT stands alone or in parentheses. Each optional clause is a
rule of its own: nine of them in one rule would expand to 512, and the tables would take a second to build.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from mocks.crm import errors
from sandbox.core.errors import SandboxError

if TYPE_CHECKING:
    from lark import Lark, Tree

GRAMMAR = r"""
query: SELECT select_list FROM NAME [NAME] _scope _where _with _group _having _order _limit _offset _tail

select_list: item ("," item)*
?item: NAME [NAME] -> field
     | call [NAME] -> called
     | "(" query ")" -> subquery
     | TYPEOF NAME typeof_case+ [ELSE NAME ("," NAME)*] END -> typeof
typeof_case: WHEN NAME THEN NAME ("," NAME)*

call: NAME "(" [argument ("," argument)*] ")"
?argument: NAME | call | STRING | NUMBER

_scope: scope?
_where: where?
_with: with_clause?
_group: group?
_having: having?
_order: order?
_limit: limit?
_offset: offset?
_tail: tail?

scope: USING SCOPE NAME
where: WHERE condition
with_clause: WITH NAME
group: GROUP BY grouping ("," grouping)*
?grouping: NAME | call
having: HAVING condition
order: ORDER BY sorting ("," sorting)*
sorting: sort_key [ASC | DESC] [NULLS (FIRST | LAST)]
?sort_key: NAME -> field
         | call -> called
limit: LIMIT NUMBER
offset: OFFSET NUMBER
tail: FOR NAME | ALL ROWS | UPDATE NAME

?condition: simple | all_of | any_of | negation
all_of: simple (AND simple)+
any_of: simple (OR simple)+
negation: NOT simple
?simple: "(" condition ")" | comparison
?comparison: operand OP literal -> compared
           | operand LIKE literal -> like
           | operand IN "(" literal ("," literal)* ")" -> within
           | operand NOT IN "(" literal ("," literal)* ")" -> without
           | operand IN "(" query ")" -> semi_join
           | operand NOT IN "(" query ")" -> anti_join
           | operand INCLUDES "(" literal ("," literal)* ")" -> multi
           | operand EXCLUDES "(" literal ("," literal)* ")" -> multi
?operand: NAME -> field
        | call -> called

?literal: STRING -> string
        | NUMBER -> number
        | DATE -> date
        | DATETIME -> datetime
        | NULL -> null
        | TRUE -> true
        | FALSE -> false
        | NAME [":" NUMBER] -> date_word

OP: "=" | "!=" | "<>" | "<=" | ">=" | "<" | ">"
STRING: /'(?:[^'\\]|\\.)*'/s
DATETIME.4: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)/i
DATE.3: /\d{4}-\d\d-\d\d/
NUMBER: /[+-]?\d+(?:\.\d+)?/
NAME: /(?!(?:and|from|having|in|like|limit|not|null|or|select|where)(?![\w.]))[a-z]\w*(?:\.\w+)*/i

%ignore /\s+/
"""
_KEYWORDS = (
    *("ALL", "AND", "ASC", "BY", "DESC", "ELSE", "END", "EXCLUDES", "FALSE", "FIRST", "FOR", "FROM", "GROUP", "HAVING"),
    *("IN", "INCLUDES", "LAST", "LIKE", "LIMIT", "NOT", "NULL", "NULLS", "OFFSET", "OR", "ORDER", "ROWS", "SCOPE"),
    *("SELECT", "THEN", "TRUE", "TYPEOF", "UPDATE", "USING", "WHEN", "WHERE", "WITH"),
)
# A keyword wins over a name only where the grammar allows it (contextual lexer), in any case, as a whole word.
_TERMINALS = "\n".join(rf"{word}.2: /{word.lower()}(?![\w.])/i" for word in _KEYWORDS)

_LITERALS = re.compile(
    r"[A-Za-z]\w*(?:\.\w+)*"
    r"|(?P<string>'(?:[^'\\]|\\.)*')"
    r"|(?P<datetime>\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:?\d\d))"
    r"|(?P<date>\d{4}-\d\d-\d\d)"
    r"|(?P<number>[+-]?\d+(?:\.\d+)?)",
    re.DOTALL,
)
# An empty string compares like null, so it keeps a shape of its own.
_BLANKS = {"string": "'x'", "datetime": "2000-01-01T00:00:00Z", "date": "2000-01-01", "number": "0"}
_LENGTH_MAX = 100_000


@cache
def _parser() -> Lark:
    from lark import Lark

    return Lark(f"{GRAMMAR}\n{_TERMINALS}", parser="lalr", start="query", maybe_placeholders=True)


@lru_cache(maxsize=1024)
def split(text: str) -> tuple[str, tuple[str, ...]]:
    """The shape of a query and its literals in order of appearance; raises CrmRefusal when it is too long."""
    if len(text) > _LENGTH_MAX:
        raise errors.malformed_query(f"SOQL statements cannot be longer than {_LENGTH_MAX} characters.")
    literals: list[str] = []

    def blank(found: re.Match[str]) -> str:
        kind = found.lastgroup
        if kind is None or found[0] == "''":
            return found[0]
        literals.append(found[0])
        return _BLANKS[kind]

    return _LITERALS.sub(blank, text), tuple(literals)


class Unparsable(SandboxError):
    """The text is no query. What to tell the client must be said about its own text: ``complaint``."""


def parse(shape: str) -> Tree[Any]:
    """The tree of a shape; raises Unparsable."""
    from lark.exceptions import UnexpectedInput

    try:
        return _parser().parse(shape)
    except UnexpectedInput as wrong:
        raise Unparsable(str(wrong), code="unparsable") from None


def complaint(text: str) -> str:
    """Where and why a text does not parse, in the vendor's form."""
    from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken

    try:
        _parser().parse(text)
    except UnexpectedToken as wrong:
        if wrong.token.type == "$END":
            return f"ERROR at Row:1:Column:{len(text) + 1}\nunexpected token: '<EOF>'"
        return f"ERROR at Row:{wrong.line}:Column:{wrong.column}\nunexpected token: '{wrong.token}'"
    except UnexpectedCharacters as wrong:
        return f"ERROR at Row:{wrong.line}:Column:{wrong.column}\nunexpected char: '{wrong.char}'"
    except UnexpectedInput as wrong:
        return f"unexpected input: {wrong}"
    # The blanked text has no tree but the text has one: only a literal can make that difference.
    return "unexpected literal"
