"""Makes the parity case of texts and pictures: test/fixtures/parity/processing, a tokenizer as vocab.json + merges.txt with a
released chat template, text.json (transformers' ids and rendered dialogues) and images.json (its Pillow processor's patches).

Run from the repository root with scripts/reference/requirements.txt, after tokenizerTexts.ts and pixels.py:
    python scripts/reference/processing.py
"""
import json
import shutil
from pathlib import Path

import numpy as np
from PIL import Image
from transformers import Qwen2TokenizerFast
from transformers.models.qwen2_vl.image_processing_qwen2_vl import Qwen2VLImageProcessor

SOURCE = Path('test/fixtures/tokenizer')
PIXELS = Path('test/fixtures/pixels')
OUT = Path('test/fixtures/parity/processing')
TEMPLATE = (
    "{% set image_count = namespace(value=0) %}{% set video_count = namespace(value=0) %}{% for message in messages %}"
    "{% if loop.first and message['role'] != 'system' %}<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n{% endif %}"
    "<|im_start|>{{ message['role'] }}\n{% if message['content'] is string %}{{ message['content'] }}<|im_end|>\n{% else %}"
    "{% for content in message['content'] %}{% if content['type'] == 'image' or 'image' in content or 'image_url' in content %}"
    "{% set image_count.value = image_count.value + 1 %}{% if add_vision_id %}Picture {{ image_count.value }}: {% endif %}"
    "<|vision_start|><|image_pad|><|vision_end|>{% elif content['type'] == 'video' or 'video' in content %}"
    "{% set video_count.value = video_count.value + 1 %}{% if add_vision_id %}Video {{ video_count.value }}: {% endif %}"
    "<|vision_start|><|video_pad|><|vision_end|>{% elif 'text' in content %}{{ content['text'] }}{% endif %}{% endfor %}<|im_end|>\n"
    "{% endif %}{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def text(value):
    return {'type': 'text', 'text': value}


DIALOGUES = [
    ([{'role': 'user', 'content': [{'type': 'image'}, text('Which is closer?')]}], True),
    ([{'role': 'system', 'content': 'Draw first.'}, {'role': 'user', 'content': [{'type': 'image'}, {'type': 'image'}, text('\nLeft or right?')]},
      {'role': 'assistant', 'content': '<think> x </think> Action: Path Tracer'}, {'role': 'user', 'content': [text('Image 3: '), {'type': 'image'}]}], True),
    ([{'role': 'user', 'content': 'Hi'}, {'role': 'assistant', 'content': 'Hello 漢字 😀'}], False),
]


def vocabulary():
    model = json.loads((SOURCE / 'tokenizer.json').read_text())
    (OUT / 'vocab.json').write_text(json.dumps(model['model']['vocab'], ensure_ascii=False))
    merges = [pair if isinstance(pair, str) else ' '.join(pair) for pair in model['model']['merges']]
    (OUT / 'merges.txt').write_text('#version: 0.2\n' + '\n'.join(merges) + '\n')
    added = {str(token.pop('id')): token for token in model['added_tokens']}
    (OUT / 'tokenizer_config.json').write_text(json.dumps({
        'tokenizer_class': 'Qwen2Tokenizer', 'added_tokens_decoder': added, 'add_prefix_space': False, 'bos_token': None, 'unk_token': None,
        'errors': 'replace', 'eos_token': '<|im_end|>', 'pad_token': '<|endoftext|>', 'model_max_length': 32768, 'chat_template': TEMPLATE,
    }, ensure_ascii=False, indent=1))


def texts():
    tokenizer = Qwen2TokenizerFast.from_pretrained(OUT)
    cases = [{'text': value, 'ids': tokenizer(value, add_special_tokens=False)['input_ids']} for value in json.loads((SOURCE / 'texts.json').read_text())]
    for messages, opened in DIALOGUES:
        rendered = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=opened)
        cases.append({'messages': messages, 'rendered': rendered, 'ids': tokenizer(rendered, add_special_tokens=False)['input_ids']})
    (OUT / 'text.json').write_text(json.dumps(cases))


def pictures():
    processor = Qwen2VLImageProcessor(min_pixels=3136, max_pixels=12845056)
    processor.save_pretrained(OUT)
    cases = []
    for name, low, high in [('0_source.png', 3136, 4704), ('1_source.png', 784, 1568), ('4_source.png', 3136, 12845056), ('alpha.png', 784, 1568)]:
        shutil.copy(PIXELS / name, OUT / name)
        # Transparent pixels are white before the processor sees them, as a viewer shows them.
        image = Image.open(PIXELS / name).convert('RGBA')
        image = Image.alpha_composite(Image.new('RGBA', image.size, 'white'), image).convert('RGB')
        result = Qwen2VLImageProcessor(min_pixels=low, max_pixels=high)(image)
        values = np.asarray(result['pixel_values'], np.float32)
        np.save(OUT / f'{Path(name).stem}.npy', values)
        cases.append({'file': name, 'min_pixels': low, 'max_pixels': high, 'grid_thw': np.asarray(result['image_grid_thw'])[0].tolist(), 'pixel_values_file': f'{Path(name).stem}.npy'})
    (OUT / 'images.json').write_text(json.dumps(cases))


OUT.mkdir(parents=True, exist_ok=True)
vocabulary()
texts()
pictures()
