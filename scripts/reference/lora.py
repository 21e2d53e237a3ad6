"""Holds LoRA adapters to PEFT, in both directions; the base checkpoints are those of models.py (test/fixtures/parity).

The adapters PEFT writes, with the logits transformers computes from them (expected.safetensors):
  python scripts/reference/lora.py make test/fixtures/parity test/fixtures/adapters
Adapters Sightline wrote (node scripts/reference/lora.ts FOLDER), loaded by PEFT, against the logits Sightline computed from them:
  python scripts/reference/lora.py check test/fixtures/parity FOLDER
"""

import json
import os
import sys
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"  # Saving an adapter otherwise asks the hub about its base.

import peft
import torch
import transformers
from models import CLASSES
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import load_file, save_file

torch.set_grad_enabled(False)


def base(root, name):
    model = CLASSES[name.split("/")[0]][1].from_pretrained(root / name, dtype=torch.float32).eval()
    model.set_attn_implementation("eager")
    return model


def logits(model, case):
    keys = ("input_ids", "attention_mask", "image_grid_thw")
    return model(**{k: case[k] for k in keys}, pixel_values=case["pixel_values"].float()).logits


def make(root, name, out, seed, **settings):
    torch.manual_seed(seed)
    model = get_peft_model(base(root, name), LoraConfig(task_type="CAUSAL_LM", lora_dropout=0.1, **settings)).eval()
    for key, p in model.named_parameters():
        if "lora_B" in key:
            p.copy_(torch.randn_like(p) * 0.1)
    model.save_pretrained(out)
    (out / "case.json").write_text(json.dumps({"case": name}) + "\n")
    (out / "README.md").unlink(missing_ok=True)
    save_file({"logits": logits(model, load_file(root / name / "case.safetensors")).contiguous()}, out / "expected.safetensors")


def check(root, folder):
    """Loads the adapter into PEFT and compares its logits with those Sightline computed (logits.safetensors beside it)."""
    name = json.loads((folder / "case.json").read_text())["case"]
    model = PeftModel.from_pretrained(base(root, name), folder).eval()
    case = load_file(root / name / "case.safetensors")
    ours = load_file(folder / "logits.safetensors")["logits"]
    theirs = logits(model, case)
    seen = case["attention_mask"].bool()
    scale = theirs[seen].abs().max()
    plain = (logits(base(root, name), case)[seen] - theirs[seen]).abs().max() / scale
    worst = (ours[seen] - theirs[seen]).abs().max() / scale
    assert worst < 1e-4 < plain, (worst, plain)
    return {"case": name, "adapter changes logits by": float(plain), "ours differs from peft by": float(worst)}


if __name__ == "__main__":
    root, out = Path(sys.argv[2]), Path(sys.argv[3])
    if sys.argv[1] == "make":
        make(root, "qwen2_vl/untied", out / "all", 3, r=2, lora_alpha=6, target_modules="all-linear", use_rslora=True)
        make(root, "qwen2_5_vl/tied", out / "text", 4, r=3, lora_alpha=6, target_modules=["q_proj", "v_proj", "o_proj"])
    else:
        results = [check(root, folder) for folder in sorted(out.iterdir())]
        print(json.dumps({"peft": peft.__version__, "transformers": transformers.__version__, "adapters": results}, indent=2))
