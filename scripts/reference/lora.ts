/** Writes LoRA adapters on the parity cases with the logits they give, for lora.py to load into PEFT. Run: node scripts/reference/lora.ts FOLDER */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Random } from '#shared/domain/random.ts'
import { openModel } from '#main/cli/parity/caseFolder.ts'
import { type AdapterNames, writeAdapter } from '#main/model/adapterFolder.ts'
import { DEFAULT_LORA, type LoraSettings, newAdapter } from '#main/model/lora.ts'
import { writeSafetensors } from '#main/runtime/safetensors.ts'
import { caseLogits } from './caseLogits.ts'

const CASES = join(import.meta.dirname, '../../test/fixtures/parity')
const folder = process.argv[2] ?? 'adapters'

const ADAPTERS: readonly { name: string; settings: LoraSettings; names: AdapterNames }[] = [
  { name: 'qwen2_vl/tied', settings: { ...DEFAULT_LORA, rank: 3, vision: true }, names: '>=4.52' },
  { name: 'qwen2_vl/untied', settings: { ...DEFAULT_LORA, rank: 4, targets: ['q_proj', 'v_proj', 'lm_head'], rslora: true }, names: '>=4.52' },
  // The MLP's names are the same in text and tower: only the text's may be adapted by this file.
  { name: 'qwen2_5_vl/untied', settings: { ...DEFAULT_LORA, rank: 2, targets: ['up_proj', 'down_proj'] }, names: '>=4.52' },
  { name: 'qwen2_5_vl/tied', settings: { ...DEFAULT_LORA, rank: 2, vision: true, targets: 'visual\\..*qkv|.*layers\\.1\\..*o_proj|.*merger\\.mlp\\.0' }, names: '>=4.52' }
]

for (const [i, { name, settings, names }] of ADAPTERS.entries()) {
  const model = await openModel(join(CASES, name), { threads: 1 })
  const random = Random.seeded(i, 'reference adapters')
  const adapter = newAdapter(model.config, settings, random)
  for (const [tensor, { data }] of adapter.tensors) if (tensor.includes('lora_B') && data instanceof Float32Array) data.forEach((_, k) => { data[k] = 0.1 * random.normal() })
  model.adapter = adapter
  const out = join(folder, name.replace('/', '_'))
  await writeAdapter(out, adapter, model.config, { base: name, names })
  await writeFile(join(out, 'case.json'), `${JSON.stringify({ case: name })}\n`)
  await writeSafetensors(join(out, 'logits.safetensors'), new Map([['logits', await caseLogits(model, join(CASES, name))]]), { dtype: 'F32' })
  console.log(`${out}: ${adapter.scales.size} modules`)
}
