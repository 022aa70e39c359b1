#!/usr/bin/env python3
"""An independent forward pass in float64: logits of a GGUF file or a safetensors folder as JSON.

    oracle.py FILE --tokens 1,2,3 [--predictions]

prints {"logits": [[...] per token]}, and with --predictions, where the model has a prediction head,
{"predictions": [[...] per token but the last]}.
"""

import argparse
import json
import sys

from description import open_model
from forward import Oracle


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file")
    parser.add_argument("--tokens", required=True, help="token ids, with commas between")
    parser.add_argument("--predictions", action="store_true", help="of the prediction head too")
    wish = parser.parse_args()

    oracle = Oracle(open_model(wish.file))
    tokens = [int(token) for token in wish.tokens.split(",")]
    answer = {"logits": oracle.logits(tokens).tolist()}
    if wish.predictions and oracle.sizes.predictors > 0:
        answer["predictions"] = oracle.predictions(tokens).tolist()
    json.dump(answer, sys.stdout)
    print()


if __name__ == "__main__":
    main()
