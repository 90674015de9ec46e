"""cvc5: exact, by SMT."""

import cvc5.pythonic
from protocol import serve
from smt import Encoder

if __name__ == "__main__":
    serve(Encoder(cvc5.pythonic).tasks, ("cvc5",))
