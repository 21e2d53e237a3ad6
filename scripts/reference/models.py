"""Makes the parity cases: tiny random checkpoints of both families by transformers with inputs, logits, loss and gradients.

Run: pip install -r scripts/reference/requirements.txt && python scripts/reference/models.py test/fixtures/parity
Case folders hold a checkpoint (config.json, model.safetensors) and case.safetensors: input_ids [B,T], attention_mask, labels,
pixel_values [P,1176], image_grid_thw [n,3], position_ids [3,B,T], visual_features, logits [B,T,V], loss, grad/<parameter>, greedy_ids [B,N].
"""

import copy
import json
import sys
from pathlib import Path

import torch
from safetensors.torch import save_file
from transformers import Qwen2_5_VLConfig, Qwen2_5_VLForConditionalGeneration, Qwen2VLConfig, Qwen2VLForConditionalGeneration

IMAGE, START, END, EOS = 60, 61, 62, 63


VISION = {
    "qwen2_vl": dict(
        depth=2, embed_dim=16, num_heads=2, mlp_ratio=2, hidden_size=32, patch_size=14, temporal_patch_size=2, spatial_merge_size=2,
        hidden_act="quick_gelu",
    ),
    "qwen2_5_vl": dict(
        depth=3, hidden_size=16, num_heads=2, intermediate_size=24, out_hidden_size=32, patch_size=14, temporal_patch_size=2,
        spatial_merge_size=2, window_size=112, fullatt_block_indexes=[1], tokens_per_second=2, hidden_act="silu",
    ),
}
CLASSES = {
    "qwen2_vl": (Qwen2VLConfig, Qwen2VLForConditionalGeneration),
    "qwen2_5_vl": (Qwen2_5_VLConfig, Qwen2_5_VLForConditionalGeneration),
}


def config(family, tied):
    return CLASSES[family][0](
        text_config=dict(
            hidden_size=32, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2, intermediate_size=48, vocab_size=64,
            max_position_embeddings=512, rms_norm_eps=1e-6, rope_theta=1e6, tie_word_embeddings=tied,
            rope_scaling={"type": "mrope", "mrope_section": [2, 1, 1]}, bos_token_id=0, eos_token_id=EOS, pad_token_id=0,
        ),
        vision_config=VISION[family],
        image_token_id=IMAGE, video_token_id=59, vision_start_token_id=START, vision_end_token_id=END, tie_word_embeddings=tied,
    )


def sequences(grids_by_row, left):
    """Text and images in turn, padded on one side; labels on the last tokens of each row."""
    rows, labels = [], []
    for grids in grids_by_row:
        ids = torch.randint(1, 59, (5 + 3 * len(grids),)).tolist()
        for _, h, w in grids:
            ids += [START] + [IMAGE] * (h * w // 4) + [END] + torch.randint(1, 59, (2,)).tolist()
        ids += torch.randint(1, 59, (6,)).tolist()
        rows.append(ids)
        labels.append([-100] * (len(ids) - 5) + ids[-5:])
    length = max(map(len, rows))
    def padded(values, fill):
        gap = [fill] * (length - len(values))
        return gap + values if left else values + gap

    mask = torch.tensor([padded([1] * len(r), 0) for r in rows])
    return torch.tensor([padded(r, 0) for r in rows]), mask, torch.tensor([padded(r, -100) for r in labels])


def random_model(family, tied):
    model = CLASSES[family][1](config(family, tied)).float().eval()
    model.set_attn_implementation("eager")
    with torch.no_grad():
        for name, p in model.named_parameters():
            # Larger than the usual initial weights, so that every path matters; norms near 1, biases not zero.
            is_norm = name.endswith("weight") and ("norm" in name or "ln_q" in name)
            p.copy_(1 + 0.2 * torch.randn_like(p) if is_norm else torch.randn_like(p) * (0.2 if p.ndim > 1 else 0.1))
    return model


def save(model, folder, dtype, shard):
    """Saves in a precision, in shards of at most `shard` bytes, with config.json in the flat form of the releases if it is in shards."""
    with torch.no_grad():
        for p in model.parameters():
            p.copy_(p.to(dtype))
    # A copy: casting the model itself would also round its rotary frequencies.
    copy.deepcopy(model).to(dtype).save_pretrained(folder, **({"max_shard_size": shard} if shard else {}))
    if not shard:
        return
    config = json.loads((folder / "config.json").read_text())
    text = {k: v for k, v in config.pop("text_config").items() if k not in ("model_type", "architectures", "layer_types")}
    text["rope_scaling"] = {"type": "mrope", "mrope_section": text["rope_scaling"]["mrope_section"]}
    config["torch_dtype"] = config.pop("dtype")
    (folder / "config.json").write_text(json.dumps({**config, **text}, indent=2) + "\n")


def make(folder, family, seed, tied, grids_by_row, greedy, left=False, dtype=torch.float32, shard=None, gradients=1):
    torch.manual_seed(seed)
    model = random_model(family, tied)
    folder.mkdir(parents=True, exist_ok=True)
    save(model, folder, dtype, shard)
    ids, mask, labels = sequences(grids_by_row, left)
    grid = torch.tensor([list(g) for grids in grids_by_row for g in grids])
    # Values on a coarse lattice, so that the file compresses and survives any float format.
    pixels = (torch.randn(int(grid.prod(1).sum()), 1176) * 4).round() / 4
    out = model(input_ids=ids, attention_mask=mask, labels=labels, pixel_values=pixels, image_grid_thw=grid)
    out.loss.backward()
    with torch.no_grad():
        features = model.model.visual(pixels, grid_thw=grid)
        features = getattr(features, "pooler_output", features)
        positions, _ = model.model.get_rope_index(ids, grid, attention_mask=mask)
    case = dict(
        input_ids=ids, attention_mask=mask, labels=labels, pixel_values=pixels.half(), image_grid_thw=grid, position_ids=positions,
        visual_features=features, logits=out.logits.detach(), loss=out.loss.detach().reshape(1),
    )
    graded = [(name, p) for name, p in model.named_parameters() if p.grad is not None]
    for name, p in graded[::gradients]:
        case[f"grad/{hub_name(name)}"] = p.grad
    if greedy:
        # Pinned length: an eos would end rows at different steps.
        tokens = model.generate(
            input_ids=ids, attention_mask=mask, pixel_values=pixels, image_grid_thw=grid, max_new_tokens=greedy, min_new_tokens=greedy,
            do_sample=False, suppress_tokens=[IMAGE, START, END, EOS, 59],
        )
        case["greedy_ids"] = tokens[:, ids.shape[1]:]
    save_file({k: v.contiguous() for k, v in case.items()}, folder / "case.safetensors")
    print(folder, "loss", float(out.loss), "bytes", sum(f.stat().st_size for f in folder.iterdir()))


def hub_name(name):
    return name.replace("model.visual.", "visual.").replace("model.language_model.", "model.")


if __name__ == "__main__":
    root = Path(sys.argv[1])
    for family in CLASSES:
        # 5 x 3 and 1 x 5 merged cells do not divide into 4 x 4 windows; 4 x 4 does; one cell alone; two rows of different length.
        make(root / family / "tied", family, 1, True, [[(1, 10, 6), (1, 2, 2)], [(1, 2, 10)]], 0)
        make(root / family / "untied", family, 2, False, [[(1, 8, 8), (1, 4, 2)]], 8)
        # Rows of different length padded on the left, one without a picture; weights as float16.
        make(root / family / "left", family, 3, False, [[(1, 4, 10)], [(1, 2, 2), (1, 6, 2)], []], 6, left=True, dtype=torch.float16, gradients=5)
        # One cell alone and twice in a row, padded on the right; weights as bfloat16 in shards, config.json as released.
        make(root / family / "sharded", family, 4, True, [[(1, 2, 2)], [(1, 2, 2), (1, 2, 2)]], 6, dtype=torch.bfloat16, shard="60KB", gradients=5)
