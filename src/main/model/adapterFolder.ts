import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { SightlineError } from '#shared/domain/errors.ts'
import { openSafetensors, writeSafetensors } from '../runtime/safetensors.ts'
import { floats, type HostTensor } from '../runtime/tensor.ts'
import { hubName } from '../runtime/weightFiles.ts'
import { readOptionalJson } from './checkpointFile.ts'
import type { VisionLanguageConfig } from './config.ts'
import { parametersOf } from './families/parameters.ts'
import { adapterOf, type LoraAdapter, memoryName } from './lora.ts'

const CONFIG = 'adapter_config.json'
const TENSORS = 'adapter_model.safetensors'
const PREFIX = 'base_model.model.'

/** Module names an adapter is written for: those of transformers 4.52 and later, or those before. */
export type AdapterNames = '>=4.52' | '<4.52'

/** The part of PEFT's adapter_config.json that decides what an adapter computes. */
const AdapterConfig = z.looseObject({
  peft_type: z.literal('LORA', 'only LoRA adapters are supported'),
  r: z.int().positive().max(4096),
  lora_alpha: z.number().positive(),
  lora_dropout: z.number().min(0).lt(1).default(0),
  target_modules: z.union([z.string(), z.array(z.string())]).nullish(),
  use_rslora: z.boolean().default(false)
})

/** Settings that would change the result; an adapter that has one on is refused. */
const REFUSED = ['use_dora', 'fan_in_fan_out', 'lora_bias', 'modules_to_save', 'alpha_pattern', 'use_qalora', 'trainable_token_indices', 'layer_replication', 'target_parameters'] as const

/**
 * Reads an adapter in PEFT's form, with module names of transformers before or since 4.52. Throws `not_found` or `bad_checkpoint`
 * when it is broken or does not fit the model, `unsupported` for variants other than plain and rank-stabilised LoRA.
 */
export async function readAdapter(folder: string, config: VisionLanguageConfig): Promise<LoraAdapter> {
  const where = join(folder, CONFIG)
  const json = await readOptionalJson(folder, CONFIG)
  if (json === undefined) throw new SightlineError('not_found', `There is no ${CONFIG}`, { where: folder, advice: 'choose the folder of a PEFT adapter' })
  const parsed = AdapterConfig.safeParse(json)
  if (!parsed.success) throw new SightlineError('bad_checkpoint', `${parsed.error.issues[0]?.path.join('.') ?? ''}: ${parsed.error.issues[0]?.message ?? 'wrong'}`, { where })
  const refused = REFUSED.find((key) => isSet(parsed.data[key])) ?? (parsed.data['bias'] === undefined || parsed.data['bias'] === 'none' ? undefined : 'bias')
  if (refused) throw new SightlineError('unsupported', `The adapter uses ${refused}`, { where, advice: 'merge it with PEFT and import the result' })
  const tensors = await readTensors(join(folder, TENSORS))
  const { r, lora_alpha: alpha, lora_dropout: dropout, target_modules: targets, use_rslora: rslora } = parsed.data
  const vision = [...tensors.keys()].some((name) => name.startsWith('visual.'))
  return adapterOf(config, { rank: r, alpha, dropout, rslora, vision, targets: targets ?? 'all-linear' }, tensors)
}

/** On, or a list or map with something in it. */
function isSet(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) return Object.keys(value).length > 0
  return value !== undefined && value !== null && value !== false
}

async function readTensors(path: string): Promise<Map<string, HostTensor>> {
  const file = await openSafetensors(path)
  try {
    const tensors = new Map<string, HostTensor>()
    for (const stored of file.names) {
      const name = hubName(stored.slice(stored.startsWith(PREFIX) ? PREFIX.length : 0)).replace(/\.lora_([AB])\.default\.weight$/u, '.lora_$1.weight')
      if (tensors.has(name)) throw new SightlineError('bad_checkpoint', `The adapter holds ${name} twice`, { where: path })
      tensors.set(name, floats(file.info(stored).shape, await file.read(stored)))
    }
    return tensors
  } finally {
    await file.close()
  }
}

export interface AdapterFolderOptions {
  /** Where the weights it belongs to are found, for the reader's information. */
  readonly base: string
  readonly names?: AdapterNames
}

/** Writes an adapter in PEFT's form, whole or not at all. `metadata.transformers` of the tensors says for which names. */
export async function writeAdapter(folder: string, adapter: LoraAdapter, config: VisionLanguageConfig, { base, names = '>=4.52' }: AdapterFolderOptions): Promise<void> {
  const partial = `${folder}.${process.pid}.partial`
  await rm(partial, { recursive: true, force: true })
  await mkdir(partial, { recursive: true })
  const stored = (name: string): string => PREFIX + (names === '<4.52' ? name : memoryName(name))
  const tensors = new Map([...adapter.tensors].map(([name, value]) => [stored(name), value as HostTensor<'f32'>]))
  await writeSafetensors(join(partial, TENSORS), tensors, { dtype: 'F32', metadata: { transformers: names } })
  await writeFile(join(partial, CONFIG), `${JSON.stringify(adapterConfig(adapter, config, base), null, 2)}\n`, { flush: true })
  await rm(folder, { recursive: true, force: true })
  await rename(partial, folder)
}

function adapterConfig({ settings, scales }: LoraAdapter, config: VisionLanguageConfig, base: string): Record<string, unknown> {
  return {
    peft_type: 'LORA', task_type: 'CAUSAL_LM', base_model_name_or_path: base, inference_mode: true,
    r: settings.rank, lora_alpha: settings.alpha, lora_dropout: settings.dropout, use_rslora: settings.rslora,
    target_modules: endings([...scales.keys()], config), bias: 'none', fan_in_fan_out: false, modules_to_save: null
  }
}

/**
 * Name endings that choose exactly these modules under the names of every version: the last part where it chooses no others, else
 * the name from its layer on (`layers.0.mlp.up_proj`, `blocks.0.mlp.up_proj`).
 */
function endings(modules: readonly string[], config: VisionLanguageConfig): string[] {
  const last = (name: string): string => name.slice(name.lastIndexOf('.') + 1)
  const chosen = new Set(modules)
  const others = new Set(parametersOf(config).map(({ name }) => name.slice(0, name.lastIndexOf('.'))).flatMap((name) => (chosen.has(name) ? [] : [last(name)])))
  return [...new Set(modules.map((name) => (others.has(last(name)) || /^\d+$/.test(last(name)) ? name.replace(/^(?:visual|model)\./u, '') : last(name))))]
}
