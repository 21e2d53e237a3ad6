"""The peer of test/bench/grpoStep.ts: GRPO steps as a plain PyTorch and transformers loop on the CPU.

Multi-turn rollouts of a batch of conversations: every turn one cached, left-padded `generate` of all that go on, drawings by PIL; then
one update with clipping to norm 1 and AdamW, in right-padded micro-batches of similar length. The same questions, prompts, limits,
loss and trained parameters as ours; rewards count right answers.

Run by grpoStep.ts: python scripts/reference/grpo_step.py FOLDER THREADS STEPS
"""

import json
import re
import resource
import sys
import time

import numpy as np
import torch
from PIL import Image, ImageDraw
from tokenizers import Tokenizer
from transformers import Qwen2_5_VLForConditionalGeneration

FOLDER, THREADS, STEPS = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
GROUP, TURN_TOKENS, TOTAL_TOKENS, TURNS, MICRO_BATCH, CLIP = 8, 192, 1024, 10, 16, 0.2
MEAN, STD, PATCH, MERGE = 250 / 255, 100 / 255, 14, 2

torch.set_num_threads(THREADS)
torch.manual_seed(1)
model = Qwen2_5_VLForConditionalGeneration.from_pretrained(f"{FOLDER}/started", dtype=torch.float32, attn_implementation="sdpa")
tokenizer = Tokenizer.from_file(f"{FOLDER}/started/tokenizer.json")
CONFIG = model.config
END, PAD, PICTURE = (tokenizer.token_to_id(text) for text in ("<|im_end|>", "<|endoftext|>", "<|image_pad|>"))
for parameter in model.visual.parameters():
    parameter.requires_grad_(False)
trained = [p for p in model.parameters() if p.requires_grad]
optimizer = torch.optim.AdamW(trained, lr=1e-4, betas=(0.9, 0.95), eps=1e-8, weight_decay=0.0, fused=True)
stops = model.generation_config.eos_token_id
special = [CONFIG.image_token_id, CONFIG.video_token_id, CONFIG.vision_start_token_id, CONFIG.vision_end_token_id]
BANNED = [i for i in special if i is not None]


def patches(image):
    """[64, 1176] rows of a 112 x 112 picture, in the order of Qwen2VLImageProcessor."""
    pixels = (np.asarray(image, dtype=np.float32) / 255 - MEAN) / STD
    rows, columns = pixels.shape[0] // PATCH, pixels.shape[1] // PATCH
    grid = np.stack([pixels, pixels]).transpose(0, 3, 1, 2)
    grid = grid.reshape(1, 2, 3, rows // MERGE, MERGE, PATCH, columns // MERGE, MERGE, PATCH).transpose(0, 3, 6, 4, 7, 2, 1, 5, 8)
    return torch.from_numpy(grid.reshape(rows * columns, -1).copy()), (1, rows, columns)


class Path:
    def __init__(self, question):
        self.answer = question["answer"]
        self.base = Image.open(question["image"]).convert("RGB")
        self.lines, self.ids, self.written, self.patches, self.grids = [], [], [], [], []
        self.images, self.turns, self.reward, self.going = 1, 0, 0.0, True
        self.user(question["text"], [self.base], first=True)

    def user(self, text, images, first=False):
        pieces = text.split("<image>")
        shown = pieces[0]
        for image, piece in zip(images, pieces[1:]):
            rows, grid = patches(image)
            self.patches.append(rows)
            self.grids.append(grid)
            shown += "<|vision_start|>" + "<|image_pad|>" * (len(rows) // MERGE**2) + "<|vision_end|>" + piece
        ids = tokenizer.encode(f"{'' if first else chr(10)}<|im_start|>user\n{shown}<|im_end|>\n<|im_start|>assistant\n").ids
        self.ids += ids
        self.written += [0] * len(ids)

    def take(self, response):
        self.ids += response
        self.written += [1] * len(response)
        self.turns += 1
        text = tokenizer.decode(response, skip_special_tokens=True)
        answer = re.search(r"<answer>(.*?)</answer>", text, re.S)
        if response[-1] != END or answer or self.turns >= TURNS:
            self.going = False
            right = answer is not None and answer.group(1).strip() == self.answer.strip()
            self.reward = 2.0 if right else 0.0
            return
        try:
            found = json.loads(re.search(r"```json\n(.*?)```", text + "```", re.S).group(1))
            new = [tuple(float(n) for n in (*op["start_point_2d"], *op["end_point_2d"])) for op in found]
            if not new or any(len(line) != 4 for line in new) or any(not 1 <= op["index"] <= self.images for op in found):
                raise ValueError
        except (AttributeError, KeyError, TypeError, ValueError):
            self.going = False
            return
        self.lines += new
        self.images += 1
        drawn = self.base.copy()
        pen = ImageDraw.Draw(drawn)
        for line in self.lines:
            pen.line(line, fill=(255, 0, 200) if line in new else (150, 120, 170), width=3)
        x, y = new[-1][2:]
        pen.ellipse((x - 5, y - 5, x + 5, y + 5), fill=(255, 0, 200))
        self.user(f"<image>\nImage {self.images}. " + ("Answer now." if self.turns == TURNS - 1 else "Go on."), [drawn])


def stack(paths, left):
    width = max(len(p.ids) for p in paths)
    ids = torch.full((len(paths), width), PAD)
    mask = torch.zeros_like(ids)
    for row, path in enumerate(paths):
        place = slice(width - len(path.ids), width) if left else slice(0, len(path.ids))
        ids[row, place] = torch.tensor(path.ids)
        mask[row, place] = 1
    pixels = torch.cat([rows for p in paths for rows in p.patches])
    grids = torch.tensor([grid for p in paths for grid in p.grids])
    return dict(input_ids=ids, attention_mask=mask, pixel_values=pixels, image_grid_thw=grids)


def roll_out(questions):
    paths = [Path(question) for question in questions for _ in range(GROUP)]
    model.eval()
    while going := [p for p in paths if p.going]:
        inputs = stack(going, left=True)
        width = inputs["input_ids"].shape[1]
        limit = min(TURN_TOKENS, TOTAL_TOKENS - width)
        if limit <= 0:
            break
        with torch.inference_mode():
            out = model.generate(**inputs, do_sample=True, temperature=1.0, top_k=0, top_p=1.0, repetition_penalty=1.0, max_new_tokens=limit,
                                 suppress_tokens=BANNED, eos_token_id=END, pad_token_id=PAD, use_cache=True)
        for path, row in zip(going, out[:, width:].tolist()):
            path.take(row[: row.index(END) + 1] if END in row else row)
    return paths


def update(paths):
    rewards = torch.tensor([p.reward for p in paths]).view(-1, GROUP)
    advantages = ((rewards - rewards.mean(1, keepdim=True)) / (rewards.std(1, keepdim=True) + 1e-6)).flatten().tolist()
    used = sorted([(p, a) for p, a in zip(paths, advantages) if a != 0], key=lambda pair: len(pair[0].ids))
    model.train()
    for at in range(0, len(used), MICRO_BATCH):
        part = used[at : at + MICRO_BATCH]
        inputs = stack([p for p, _ in part], left=False)
        written = torch.zeros_like(inputs["input_ids"], dtype=torch.float32)
        for row, (path, _) in enumerate(part):
            written[row, : len(path.ids)] = torch.tensor(path.written, dtype=torch.float32)
        logits = model(**inputs, use_cache=False).logits[:, :-1]
        log_probs = torch.log_softmax(logits, -1).gather(-1, inputs["input_ids"][:, 1:, None])[..., 0]
        ratio = torch.exp(log_probs - log_probs.detach())
        advantage = torch.tensor([a for _, a in part])[:, None]
        gain = torch.minimum(ratio * advantage, ratio.clamp(1 - CLIP, 1 + CLIP) * advantage)
        weights = written[:, 1:] / written.sum(1, keepdim=True) / len(paths)
        (-(gain * weights).sum()).backward()
    if used:
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
    return len(used)


for questions in json.load(open(f"{FOLDER}/questions.json"))[:STEPS]:
    began = time.perf_counter()
    paths = roll_out(questions)
    rolled = time.perf_counter()
    used = update(paths)
    ended = time.perf_counter()
    tokens = sum(sum(p.written) for p in paths)
    print(json.dumps(dict(seconds=ended - began, secondsRollout=rolled - began, secondsUpdate=ended - rolled, sampledTokens=tokens, usedPaths=used,
                          turns=sum(p.turns for p in paths), reward=sum(p.reward for p in paths) / len(paths))), flush=True)
print(f"peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB", file=sys.stderr)
