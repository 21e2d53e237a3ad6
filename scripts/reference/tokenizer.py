"""Adds transformers' ids and decoded texts to the tokenizer fixture: writes test/fixtures/tokenizer/ids.json.

Run from the repository root after `node scripts/reference/tokenizerTexts.ts`, with scripts/reference/requirements.txt:
    python scripts/reference/tokenizer.py [FOLDER_WITH_tokenizer.json [OUT.json]]
"""
import json
import sys
from pathlib import Path

from transformers import Qwen2TokenizerFast

folder = Path('test/fixtures/tokenizer')
model = Path(sys.argv[1]) if len(sys.argv) > 1 else folder
out = Path(sys.argv[2]) if len(sys.argv) > 2 else folder / 'ids.json'
tokenizer = Qwen2TokenizerFast.from_pretrained(model)
texts = json.loads((folder / 'texts.json').read_text())
ids = [tokenizer(text, add_special_tokens=False)['input_ids'] for text in texts]
decoded = [tokenizer.decode(row, clean_up_tokenization_spaces=False) for row in ids]
out.write_text(json.dumps({'ids': ids, 'decoded': decoded}))
