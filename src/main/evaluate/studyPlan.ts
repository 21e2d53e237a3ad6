import { z } from 'zod'
import { GenerateRequest } from '#shared/contract/items.ts'
import { StageConfig } from '#shared/domain/trainingRun.ts'

/** One row of the study: a stage started from another row's checkpoint, or (`settings` null) that checkpoint as it is. */
export const StudyArm = z.object({
  name: z.string().regex(/^[a-zA-Z]+$/),
  /** What the tables call it. */
  label: z.string(),
  /** The row it starts from; null = the embedded model. */
  from: z.string().nullable(),
  settings: StageConfig.nullable(),
  /** Another prompt than the study's, for training and scoring. */
  prompt: z.string().optional(),
  /** The stage learns from these tasks only; it is scored on all of them. */
  tasks: z.array(z.string()).optional()
})
export type StudyArm = z.infer<typeof StudyArm>

/** What the tables show of a row: of one greedy path an item unless the name says sampled or pass. */
export const StudyMeasure = z.enum([
  'accuracy', 'grounding', 'format', 'reflectionGreedy', 'steps', 'boxes', 'lines', 'responseTokens',
  'sampledAccuracy', 'reflectionSampled', 'sampledSteps', 'sampledBoxes', 'sampledLines', 'sampledTokens', 'passFirst', 'passLast', 'passGap'
])
export type StudyMeasure = z.infer<typeof StudyMeasure>

/** A published relative change, to be shown beside ours: of row `arm` against row `against`. */
export const PublishedChange = z.object({
  what: z.string(), arm: z.string(), against: z.string(), measure: StudyMeasure, tasks: z.array(z.string()).default([]), change: z.number()
})

/** A study as data: questions, rows in the order they run, and how each is scored. */
export const StudyPlan = z.object({
  name: z.string(),
  sentence: z.string(),
  /** What one seed is meant to take on one thread; other wishes scale the work. */
  minutes: z.number().positive(),
  prompt: z.string(),
  drawStyle: z.string(),
  tasks: z.array(z.string()),
  /** Questions with teacher paths: all that the supervised rows see, so that drawing and bare answers learn from the same items. */
  lessons: z.array(GenerateRequest.omit({ seed: true, split: true })),
  /** The same streams drawn on, without paths; made after the supervised rows, for the rows that sample. `count` includes the lessons. */
  questions: z.array(GenerateRequest.omit({ seed: true, split: true })),
  heldOut: z.array(GenerateRequest.omit({ seed: true, split: true })),
  greedy: z.object({ limitPerTask: z.int().positive() }),
  sampled: z.object({ limitPerTask: z.int().positive(), samplesPerItem: z.int().min(2), temperature: z.number().positive() }),
  arms: z.array(StudyArm).min(1),
  published: z.array(PublishedChange)
}).superRefine((plan, context) => {
  plan.arms.forEach((arm, place) => {
    const before = plan.arms.slice(0, place)
    const refuse = (message: string): void => context.addIssue({ code: 'custom', path: ['arms', place], message })
    if (before.some(({ name }) => name === arm.name)) refuse(`two rows are called ${arm.name}`)
    if (arm.from !== null && !before.some(({ name }) => name === arm.from)) refuse(`${arm.name} starts from ${arm.from}, which is no row before it`)
    if (arm.settings !== null && !isSampling(arm) && before.some(isSampling)) refuse(`${arm.name} learns from written lessons and must come before the rows that sample`)
  })
  plan.published.forEach(({ arm, against }, place) => {
    const unknown = [arm, against].find((name) => !plan.arms.some((one) => one.name === name))
    if (unknown !== undefined) context.addIssue({ code: 'custom', path: ['published', place], message: `there is no row ${unknown}` })
  })
})
export type StudyPlan = z.infer<typeof StudyPlan>

/** Whether a row's stage asks questions instead of reading what was written for the lessons. */
export function isSampling({ settings }: StudyArm): boolean {
  switch (settings?.stage) {
    case undefined:
    case 'coldStart':
    case 'answerSft': return false
    case 'dpo': return settings?.config.pairs === 'rollouts'
    case 'reflective':
    case 'grpo': return true
  }
}

/** The plan for another length of time: data, steps and scored items all shrink with it, down to the least that runs; nothing grows. */
export function scaledStudy(plan: StudyPlan, minutes: number): StudyPlan {
  const factor = Math.min(1, minutes / plan.minutes)
  const scaled = (value: number, least: number): number => Math.max(Math.min(value, least), Math.round(value * factor))
  const requests = (wishes: StudyPlan['lessons']): StudyPlan['lessons'] => wishes.map((wish) => ({ ...wish, count: scaled(wish.count, 8) }))
  return {
    ...plan, minutes,
    lessons: requests(plan.lessons), questions: requests(plan.questions), heldOut: requests(plan.heldOut),
    greedy: { limitPerTask: scaled(plan.greedy.limitPerTask, 2) },
    sampled: { ...plan.sampled, limitPerTask: scaled(plan.sampled.limitPerTask, 2) },
    arms: plan.arms.map((arm) => ({ ...arm, settings: arm.settings === null ? null : scaledStage(arm.settings, scaled) }))
  }
}

/** Supervised stages shrink with their data. */
function scaledStage(settings: StageConfig, scaled: (value: number, least: number) => number): StageConfig {
  switch (settings.stage) {
    case 'reflective': return { ...settings, config: { ...settings.config, items: scaled(settings.config.items, 8) } }
    case 'grpo': return { ...settings, config: { ...settings.config, steps: scaled(settings.config.steps, 1) } }
    default: return settings
  }
}
