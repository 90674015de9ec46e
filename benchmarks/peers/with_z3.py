"""z3: exact, by SMT."""

import z3
from protocol import serve
from smt import Encoder

if __name__ == "__main__":
    serve(Encoder(z3).tasks, ("z3-solver",))
