import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { GenerateRequest } from '#shared/contract/items.ts'
import { PipelineOutline } from '#shared/contract/training.ts'
import type { StageConfig } from '#shared/domain/trainingRun.ts'

/** The demo's plan as data: what is generated, which stages run and how they are scored, for a machine and `minutes`. */
export const PipelinePlan = PipelineOutline.extend({
  /** What the numbers below are meant to take on two cores; other wishes scale the work. */
  minutes: z.number().positive(),
  importSample: z.boolean(),
  generate: z.array(GenerateRequest.omit({ seed: true }))
})
export type PipelinePlan = z.infer<typeof PipelinePlan>

/** @throws SyntaxError or ZodError: a plan that ships with the program and does not fit is a defect */
export async function readPlan(resources: string): Promise<PipelinePlan> {
  return PipelinePlan.parse(JSON.parse(await readFile(join(resources, 'presets', 'pipeline', 'pocket-demo.json'), 'utf8')))
}

/**
 * The plan for another length of time: the work of each stage (epochs, sampled items, steps), the number of generated
 * training items and of evaluated items scale with it, down to a smallest useful amount; never beyond the plan's data.
 */
export function scaledPlan(plan: PipelinePlan, minutes: number): PipelinePlan {
  const factor = minutes / plan.minutes
  const scaled = (value: number, least: number): number => Math.max(least, Math.round(value * factor))
  return {
    ...plan,
    minutes,
    generate: plan.generate.map((request) => ({ ...request, count: Math.min(request.count, scaled(request.count, 16)) })),
    evaluation: { ...plan.evaluation, limitPerTask: Math.min(plan.evaluation.limitPerTask, scaled(plan.evaluation.limitPerTask, 4)) },
    stages: plan.stages.map((stage) => ({ ...stage, settings: scaledStage(stage.settings, factor) }))
  }
}

function scaledStage(settings: StageConfig, factor: number): StageConfig {
  // Fewer items already shorten an epoch; only time beyond the plan lengthens the supervised stages.
  const epochs = (value: number): number => Math.min(100, value * Math.max(1, factor))
  switch (settings.stage) {
    case 'coldStart':
      return { ...settings, config: { ...settings.config, epochs: epochs(settings.config.epochs) } }
    case 'answerSft':
      return { ...settings, config: { ...settings.config, epochs: epochs(settings.config.epochs) } }
    case 'dpo':
      return { ...settings, config: { ...settings.config, epochs: epochs(settings.config.epochs) } }
    case 'reflective':
      return { ...settings, config: { ...settings.config, items: Math.max(8, Math.round(settings.config.items * factor)) } }
    case 'grpo':
      return { ...settings, config: { ...settings.config, steps: Math.max(1, Math.round(settings.config.steps * factor)) } }
  }
}
