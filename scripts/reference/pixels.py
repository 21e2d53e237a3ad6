"""Writes test/fixtures/pixels: pictures, their Pillow bicubic resizes, transformers' patches and odd picture files.

Run from the repository root with the packages of scripts/reference/requirements.txt:
    python scripts/reference/pixels.py
"""
import json
from pathlib import Path

import numpy as np
from PIL import Image
from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil

OUT = Path('test/fixtures/pixels')
STRIDE = 61


def picture(seed: int, width: int, height: int) -> Image.Image:
    """Half noise, half gradient with hard edges: overshoot and clipping in every channel."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width]
    smooth = np.stack([x * 255 // width, y * 255 // height, ((x // 5 + y // 7) % 2) * 255], -1)
    noise = rng.integers(0, 256, (height, width, 3))
    return Image.fromarray(np.where((x < width // 2)[..., None], smooth, noise).astype(np.uint8))


def resizes() -> list:
    cases = []
    for i, (size, to) in enumerate([((97, 61), (112, 56)), ((61, 97), (28, 28)), ((50, 40), (84, 140)), ((56, 90), (56, 28)), ((3, 5), (28, 56))]):
        picture(i, *size).save(OUT / f'{i}_source.png')
        picture(i, *size).resize(to, Image.Resampling.BICUBIC).save(OUT / f'{i}_resized.png')
        cases.append({'source': f'{i}_source.png', 'resized': f'{i}_resized.png', 'width': to[0], 'height': to[1]})
    return cases


def patches() -> list:
    cases = []
    for i, (low, high) in [(0, (3136, 12845056)), (1, (16384, 200704)), (2, (784, 1568))]:
        processor = Qwen2VLImageProcessorPil(size={'shortest_edge': low, 'longest_edge': high})
        result = processor(Image.open(OUT / f'{i}_source.png'))
        values = np.asarray(result['pixel_values'])
        cases.append({'source': f'{i}_source.png', 'min_pixels': low, 'max_pixels': high, 'stride': STRIDE,
                      'grid': np.asarray(result['image_grid_thw'])[0].tolist(), 'values': values.reshape(-1)[::STRIDE].tolist()})
    return cases


def odd_files() -> None:
    """Left half red, right half blue (32 x 16), in forms a decoder can get wrong."""
    base = np.zeros((16, 32, 3), np.uint8)
    base[:, :16, 0] = 255
    base[:, 16:, 2] = 255
    plain = Image.fromarray(base)
    exif = Image.Exif()
    exif[0x0112] = 6  # turned a quarter: shown 16 wide, 32 high, red on top
    plain.save(OUT / 'turned.jpg', quality=95, exif=exif)
    plain.convert('CMYK').save(OUT / 'cmyk.jpg', quality=95)
    plain.quantize(4).save(OUT / 'palette.png')
    plain.save(OUT / 'lossless.webp', lossless=True)
    plain.save(OUT / 'animated.gif', save_all=True, append_images=[plain.transpose(Image.Transpose.FLIP_LEFT_RIGHT)])
    clear = plain.convert('RGBA')
    clear.putalpha(Image.fromarray((base[..., 0])))
    clear.save(OUT / 'alpha.png')  # blue half fully transparent
    Image.fromarray(np.full((16, 32), 128, np.uint8)).save(OUT / 'grey.png')
    Image.fromarray(np.full((16, 32), 0x8080, np.uint16)).save(OUT / 'grey16.png')


OUT.mkdir(parents=True, exist_ok=True)
odd_files()
(OUT / 'pixels.json').write_text(json.dumps({'resizes': resizes(), 'patches': patches()}))
