"""The peer of test/bench/compare.ts: PyTorch and transformers on the CPU, answering the requests of test/bench/protocol.ts.

Run by compare.ts: pip install -r scripts/reference/requirements.txt && node test/bench/compare.ts --python python3
"""

import json
import resource
import sys
import time

import torch
from safetensors.torch import load_file
from transformers import Qwen2_5_VLForConditionalGeneration

model = optimizer = None


def open_model(request):
    global model
    torch.set_num_threads(request["threads"])
    torch.manual_seed(1)
    model = Qwen2_5_VLForConditionalGeneration.from_pretrained(request["folder"], dtype=torch.float32, attn_implementation="sdpa")
    return {"seconds": 0}


def sgemm(request):
    a = torch.full((request["size"], request["size"]), 0.5)
    b = a.clone()
    a @ b
    began = time.perf_counter()
    for _ in range(request["repeats"]):
        a @ b
    return {"seconds": (time.perf_counter() - began) / request["repeats"]}


def read(path):
    tensors = load_file(path)
    ids = tensors["ids"].long()
    return dict(input_ids=ids, attention_mask=torch.ones_like(ids), pixel_values=tensors["patches"], image_grid_thw=tensors["grids"].long()), tensors["weights"]


RULES = {
    "greedy": dict(do_sample=False),
    "sampled": dict(do_sample=True, temperature=1.0, top_k=0, top_p=1.0),
    "top-k 50, top-p 0.9": dict(do_sample=True, temperature=1.0, top_k=50, top_p=0.9),
}


def generate(request):
    inputs, _ = read(request["inputs"])
    model.eval()
    config = model.config
    eos = model.generation_config.eos_token_id
    banned = [config.image_token_id, config.video_token_id, config.vision_start_token_id, config.vision_end_token_id, *(eos if isinstance(eos, list) else [eos])]
    sampling = RULES[request["choice"]]
    began = time.perf_counter()
    with torch.inference_mode():
        out = model.generate(
            **inputs, **sampling, max_new_tokens=request["tokens"], min_new_tokens=request["tokens"], use_cache=True, suppress_tokens=banned,
            repetition_penalty=1.0,
        )
    seconds = time.perf_counter() - began
    return {"seconds": seconds, "ids": out[:, inputs["input_ids"].shape[1]:].tolist()}


def train(request):
    """The trainer's step: mean loss over the targets, clip to norm 1, AdamW with decay on matrices only."""
    global optimizer
    inputs, weights = read(request["inputs"])
    labels = inputs["input_ids"].masked_fill(weights == 0, -100)
    model.train()
    if optimizer is None:
        matrices = [p for p in model.parameters() if p.ndim > 1]
        others = [p for p in model.parameters() if p.ndim <= 1]
        groups = [dict(params=matrices, weight_decay=0.01), dict(params=others, weight_decay=0.0)]
        optimizer = torch.optim.AdamW(groups, lr=request["learningRate"], betas=(0.9, 0.95), eps=1e-8, fused=True)
    began = time.perf_counter()
    loss = model(**inputs, labels=labels, use_cache=False).loss
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)
    return {"seconds": time.perf_counter() - began, "loss": float(loss.detach())}


COMMANDS = {"open": open_model, "sgemm": sgemm, "generate": generate, "train": train}
for line in sys.stdin:
    request = json.loads(line)
    answer = COMMANDS[request["do"]](request)
    answer["peakMiB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(answer), flush=True)
