import { z } from 'zod'

/** How S_correct and S_format combine: the paper adds them, the released code halves each. */
export const RewardScale = z.enum(['sum', 'half'])
export type RewardScale = z.infer<typeof RewardScale>

/** Why an answer has its score. */
export const ExplanationCode = z.enum([
  'noAnswer', 'right', 'wrong', 'noOption', 'truthNoOption', 'relativeAccuracy', 'noNumber', 'truthNoNumber', 'motion', 'truthNoMotion', 'freeForm'
])
export type ExplanationCode = z.infer<typeof ExplanationCode>

/** A code with what its sentence names: `given` and `expected` as they were compared, `score` in 0..1. */
export const Explanation = z.object({ code: ExplanationCode, values: z.object({ given: z.string(), expected: z.string(), score: z.number() }).partial() })
export type Explanation = z.infer<typeof Explanation>

/** S = 1[S_correct > beta] (S_correct + S_format); NaN (stored as null) where a sample could not be scored. */
export const Reward = z.object({
  total: z.number().nullable(),
  correct: z.number().nullable(),
  format: z.number(),
  /** Same label, same lineage of images, different geometry; boxes and lines. */
  reflective: z.boolean(),
  /** The reference implementation's rule (boxes only, image ignored, 0 when format is 0). */
  referenceReflective: z.boolean(),
  extractedAnswer: z.string().nullable(),
  /** Rewards given by earlier versions hold a sentence in English. */
  explanation: z.union([Explanation, z.string()])
})
export type Reward = z.infer<typeof Reward>

/** How a path behaved (the papers' ablation columns). */
export const Behaviour = z.object({ steps: z.int(), boxes: z.int(), lines: z.int(), responseTokens: z.int() })
export type Behaviour = z.infer<typeof Behaviour>

export const TrajectorySummary = z.object({
  id: z.string(), itemId: z.string(), parentId: z.string().nullable(), originKind: z.enum(['teacher', 'model', 'human']),
  /** The teacher's or the reviewer's name; null for a model's path. */
  originName: z.string().nullable(),
  runId: z.string().nullable(), checkpointId: z.string().nullable(), groupIndex: z.int().nullable(), runStep: z.int().nullable(),
  /** The pre-labelling it was written for. */
  prelabelId: z.string().nullable(),
  task: z.string(), question: z.string(), expected: z.string(), answer: z.string().nullable(), finishReason: z.string(),
  reward: Reward.nullable(), behaviour: Behaviour, verdict: z.enum(['accept', 'reject']).nullable(),
  /** How many reviewers gave a verdict. */
  judges: z.int(),
  /** How sure the model was in its least sure turn, 0 to 1; null for paths not sampled here. */
  confidence: z.number().nullable(),
  markedReflective: z.boolean().nullable(), createdAt: z.string(),
  /** It answers an earlier version of its question, and its reward is of that version. */
  outdated: z.boolean()
})
export type TrajectorySummary = z.infer<typeof TrajectorySummary>
