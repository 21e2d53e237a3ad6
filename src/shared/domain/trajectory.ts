import { z } from 'zod'
import { DrawOp } from './drawOp.ts'
import { CheckpointId, ItemId, RunId, TrajectoryId } from './ids.ts'
import { ImageRef } from './imageRef.ts'

/** How a model or a teacher ends a path (METHOD.md section 1). */
export const RolloutEnding = z.enum([
  'answered', 'no_action', 'bad_action', 'too_many_images', 'too_many_turns', 'repeated_action', 'turn_length', 'total_length'
])
export type RolloutEnding = z.infer<typeof RolloutEnding>

/** How a path ends: as its writer ended it, or `cut` by a person after the last step they accept; a cut path has no answer and no reward. */
export const FinishReason = z.enum([...RolloutEnding.options, 'cut'])
export type FinishReason = z.infer<typeof FinishReason>

/** Something in a turn that could not be used; kept in the path, never dropped. */
export const StepProblem = z.object({
  kind: z.enum(['unparsed_block', 'unknown_operation', 'missing_image', 'outside_image', 'repeated_action', 'no_action']),
  detail: z.string()
})
export type StepProblem = z.infer<typeof StepProblem>

/** One newly drawn picture: which image it was drawn on, its own index (1-based), everything it carries, in drawing order. */
export const Observation = z.object({
  sourceIndex: z.int().positive(),
  newIndex: z.int().positive(),
  shapes: z.array(DrawOp),
  /** The exact pixels the model is shown. */
  image: ImageRef
})
export type Observation = z.infer<typeof Observation>

export const Action = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('draw'), tool: z.string(), ops: z.array(DrawOp) }),
  z.object({ kind: z.literal('answer'), text: z.string() }),
  z.object({ kind: z.literal('none') })
])
export type Action = z.infer<typeof Action>

/** What the model sampled in one turn, token by token; absent on paths no model of ours wrote. */
export const StepTokens = z.object({
  /** Ids fed before this turn's response: prompt or observation turn, with its image placeholders. */
  promptIds: z.array(z.int()),
  responseIds: z.array(z.int()),
  /** Natural-log probabilities under the sampling policy at temperature 1; same length as responseIds. */
  logProbs: z.array(z.number()),
  /** Entropy in nats of the full distribution; same length. */
  entropies: z.array(z.number())
})
export type StepTokens = z.infer<typeof StepTokens>

/** One turn: thought r_t, action e_t, observation o_t. `text` is the turn exactly as written. */
export const Step = z.object({
  text: z.string(),
  thought: z.string(),
  action: Action,
  observations: z.array(Observation),
  problems: z.array(StepProblem),
  /** A scripted teacher's deliberate mistake (the next step corrects it); false everywhere else. */
  mistake: z.boolean(),
  tokens: StepTokens.nullable()
})
export type Step = z.infer<typeof Step>

export const Sampling = z.object({
  temperature: z.number().nonnegative(),
  topP: z.number().positive().max(1),
  /** 0 = off */
  topK: z.int().nonnegative(),
  seed: z.int(),
  maxTurnTokens: z.int().positive(),
  maxTotalTokens: z.int().positive(),
  maxTurns: z.int().positive(),
  maxImages: z.int().positive(),
  /** null = the rule is off; else two operations closer than this (model pixels) are the same. */
  repeatTolerance: z.number().nonnegative().nullable()
})
export type Sampling = z.infer<typeof Sampling>

export const TrajectoryOrigin = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('teacher'), teacher: z.string(), seed: z.int() }),
  z.object({
    kind: z.literal('model'),
    checkpointId: CheckpointId.nullable(),
    runId: RunId.nullable(),
    /** Which of a group's n rollouts (0-based) and the step of the run it belongs to. */
    groupIndex: z.int().nonnegative(),
    runStep: z.int().nonnegative().nullable(),
    sampling: Sampling
  }),
  z.object({ kind: z.literal('human'), reviewer: z.string() })
])
export type TrajectoryOrigin = z.infer<typeof TrajectoryOrigin>

/** A reasoning path R = {(r_t, e_t, o_t)} for one item. Immutable: an edit is a new path naming its parent. */
export const Trajectory = z.object({
  id: TrajectoryId,
  itemId: ItemId,
  /** The version of the item it was made on; left out: the newest when it is stored. */
  itemVersion: z.int().positive().optional(),
  parentId: TrajectoryId.nullable(),
  origin: TrajectoryOrigin,
  /** Names of the prompt preset and of the drawing style the path was made with. */
  prompt: z.string(),
  drawStyle: z.string(),
  /** Size after smart resize of each given image, in order: the model pixels its coordinates refer to. */
  modelSizes: z.array(z.object({ width: z.int().positive(), height: z.int().positive() })),
  steps: z.array(Step),
  answer: z.string().nullable(),
  finishReason: FinishReason,
  /** 0-based index of the step that caused the ending. */
  finishStep: z.int().nonnegative(),
  createdAt: z.iso.datetime()
})
export type Trajectory = z.infer<typeof Trajectory>
