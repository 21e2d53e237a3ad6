"""The peer of test/bench/realModels.ts: PyTorch, transformers and peft on a released model's shapes with random weights.

bfloat16 on a GPU (`--device webgpu` of ours), float32 on the CPU. Every part does what ours does: a random prompt that begins with a picture,
cached generation of so many tokens, a LoRA step with the tower frozen and gradient checkpointing, a GRPO step of a group.

Run by realModels.ts: python scripts/reference/real_models.py '{"part": "sft", ...}'; prints the rows of RealRow.
"""

import json
import math
import resource
import sys
import time

import torch
from peft import LoraConfig, get_peft_model
from transformers import AutoConfig, Qwen2_5_VLForConditionalGeneration, Qwen2VLForConditionalGeneration

TASK = json.loads(sys.argv[1])
DEVICE = "cuda" if TASK["device"] == "webgpu" and torch.cuda.is_available() else "cpu"
DTYPE = torch.bfloat16 if DEVICE == "cuda" else torch.float32
TARGETS = r"model\.language_model\.layers\.\d+\..*(q_proj|k_proj|v_proj|o_proj|gate_proj|up_proj|down_proj)"

torch.set_num_threads(TASK["threads"])
torch.manual_seed(1)


def wait():
    if DEVICE == "cuda":
        torch.cuda.synchronize()


def row(name, tokens, seconds, **more):
    held = torch.cuda.max_memory_allocated() if DEVICE == "cuda" else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return dict(name=name, tokens=tokens, seconds=seconds, peakBytes=held, **more)


def timed(run, warm=1):
    seconds = []
    for at in range(TASK["repeats"] + warm):
        wait()
        began = time.perf_counter()
        run()
        wait()
        if at >= warm:
            seconds.append(time.perf_counter() - began)
    return seconds


def open_model():
    config = AutoConfig.for_model(**json.load(open(TASK["config"])))
    if TASK["layers"]:
        config.text_config.num_hidden_layers = config.vision_config.depth = TASK["layers"]
        config.text_config.layer_types = config.text_config.layer_types[: TASK["layers"]]
        config.text_config.max_window_layers = TASK["layers"]
        if hasattr(config.vision_config, "fullatt_block_indexes"):
            config.vision_config.fullatt_block_indexes = [TASK["layers"] - 1]
    config._attn_implementation = "sdpa"
    kind = Qwen2_5_VLForConditionalGeneration if config.model_type == "qwen2_5_vl" else Qwen2VLForConditionalGeneration
    torch.set_default_dtype(DTYPE)
    with torch.device(DEVICE):
        model = kind(config)
    torch.set_default_dtype(torch.float32)
    return model


def prompt(model, batch):
    """A picture of a quarter of the tokens (as many patches as tokens, in an even square), then words."""
    config = model.config
    side = 2 * (math.isqrt(TASK["tokens"]) // 2)
    visual = side * side // 4
    words = torch.randint(0, 150_000, (TASK["tokens"] - visual - 2,))
    ids = torch.cat([torch.tensor([config.vision_start_token_id]), torch.full((visual,), config.image_token_id), torch.tensor([config.vision_end_token_id]), words])
    ids = ids.repeat(batch, 1).to(DEVICE)
    length = config.vision_config.patch_size**2 * 6
    return dict(
        input_ids=ids, attention_mask=torch.ones_like(ids), pixel_values=torch.randn(batch * side * side, length, device=DEVICE, dtype=DTYPE),
        image_grid_thw=torch.tensor([[1, side, side]] * batch, device=DEVICE))


def write(model, inputs, count):
    config = model.config
    banned = [config.image_token_id, config.video_token_id, config.vision_start_token_id, config.vision_end_token_id]
    # Not inference mode: the ids are learnt from.
    with torch.no_grad():
        return model.generate(**inputs, do_sample=True, temperature=1.0, top_k=0, top_p=1.0, max_new_tokens=count, min_new_tokens=count, use_cache=True, suppress_tokens=banned)


def product():
    a = torch.full((2048, 2048), 0.5, device=DEVICE, dtype=DTYPE)
    return [row("product of 2,048", 0, timed(lambda: (a @ a).sum().item(), warm=2))]


def generate():
    model = open_model().eval()
    rows = []
    for batch in TASK["batches"]:
        inputs = prompt(model, batch)
        with torch.inference_mode():
            read = timed(lambda: model(**inputs, use_cache=True, logits_to_keep=1))
        # `generate` reads the prompt too: what one token takes is taken off.
        first = sorted(timed(lambda: write(model, inputs, 1)))[TASK["repeats"] // 2]
        whole = timed(lambda: write(model, inputs, TASK["written"]))
        rows.append(row(f"prefill, {batch}", inputs["input_ids"].numel(), read))
        rows.append(row(f"decode, {batch}", batch * (TASK["written"] - 1), [seconds - first for seconds in whole]))
    return rows


def adapted():
    model = open_model()
    model.gradient_checkpointing_enable(gradient_checkpointing_kwargs=dict(use_reentrant=False))
    model = get_peft_model(model, LoraConfig(r=TASK["rank"], lora_alpha=2 * TASK["rank"], target_modules=TARGETS))
    model.enable_input_require_grads()
    return model, torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=1e-4)


def update(model, optimizer, loss):
    loss.backward()
    torch.nn.utils.clip_grad_norm_([p for p in model.parameters() if p.requires_grad], 1.0)
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)


def sft():
    model, optimizer = adapted()
    inputs = prompt(model, 1)
    labels = inputs["input_ids"].clone()
    labels[:, : TASK["tokens"] - (TASK["tokens"] * 3) // 8] = -100
    model.train()
    return [row("LoRA step", TASK["tokens"], timed(lambda: update(model, optimizer, model(**inputs, labels=labels, use_cache=False).loss)))]


def log_probs(model, inputs, written):
    logits = model(**inputs, use_cache=False, logits_to_keep=written + 1).logits[:, :-1].float()
    return torch.log_softmax(logits, -1).gather(-1, inputs["input_ids"][:, -written:, None])[..., 0]


def grpo():
    model, optimizer = adapted()
    group, written = TASK["group"], TASK["written"]
    inputs = prompt(model, group)
    phases = {}

    def step():
        wait()
        began = time.perf_counter()
        model.eval()
        ids = write(model, inputs, written)
        wait()
        wrote = time.perf_counter()
        whole = {**inputs, "input_ids": ids, "attention_mask": torch.ones_like(ids)}
        one = lambda i: {**whole, "input_ids": ids[i : i + 1], "attention_mask": whole["attention_mask"][i : i + 1],
                         "pixel_values": inputs["pixel_values"].chunk(group)[i], "image_grid_thw": inputs["image_grid_thw"][i : i + 1]}
        with torch.no_grad(), model.disable_adapter():
            old = [log_probs(model, one(i), written) for i in range(group)]
        wait()
        scored = time.perf_counter()
        model.train()
        for i in range(group):
            ratio = torch.exp(log_probs(model, one(i), written) - old[i])
            advantage = 1.0 if i % 2 == 0 else -1.0
            loss = -torch.minimum(ratio * advantage, ratio.clamp(0.8, 1.2) * advantage).mean() / group
            loss.backward()
        torch.nn.utils.clip_grad_norm_([p for p in model.parameters() if p.requires_grad], 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        wait()
        phases.update(write=wrote - began, score=scored - wrote, update=time.perf_counter() - scored)

    seconds = timed(step, warm=0)
    return [row(f"GRPO step, {group} replies", group * (TASK["tokens"] + written), seconds, phases=phases)]


print(json.dumps(dict(product=product, generate=generate, sft=sft, grpo=grpo)[TASK["part"]]()))
