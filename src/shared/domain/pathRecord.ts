import { z } from 'zod'
import { DrawOp } from './drawOp.ts'
import { StepVerdict, Verdict } from './review.ts'

const Id = z.string().min(1).max(80)

/** One operation of one step, in the space it was written in; `order` sorts the step's operations. */
export const ShapeRecord = z.object({ type: z.literal('shape'), id: Id, step: z.int().nonnegative(), order: z.number(), op: DrawOp }).readonly()
export type ShapeRecord = z.infer<typeof ShapeRecord>

export const ThoughtRecord = z.object({ type: z.literal('thought'), id: Id, step: z.int().nonnegative(), text: z.string() }).readonly()
export type ThoughtRecord = z.infer<typeof ThoughtRecord>

export const AnswerRecord = z.object({ type: z.literal('answer'), id: z.literal('answer'), text: z.string() }).readonly()
export type AnswerRecord = z.infer<typeof AnswerRecord>

/** The path ends after its first `keepSteps` steps; there is no such record in a path that goes on to its own end. */
export const CutRecord = z.object({ type: z.literal('cut'), id: z.literal('cut'), keepSteps: z.int().positive() }).readonly()
export type CutRecord = z.infer<typeof CutRecord>

/** A word on one revision, between shapes by their ids so that it follows them through edits. */
export const ShapeMark = z.object({ from: Id, to: Id, real: z.boolean() }).readonly()
export type ShapeMark = z.infer<typeof ShapeMark>

/** What this reviewer says about the path. */
export const StatementRecord = z.object({
  type: z.literal('statement'), id: z.literal('statement'), verdict: Verdict.nullable(), reflective: z.boolean().nullable(),
  comment: z.string().max(10_000), marks: z.array(ShapeMark).max(1000).readonly(),
  /** In the order they were given; histories of before know none. */
  steps: z.array(StepVerdict.readonly()).max(1000).readonly().default([])
}).readonly()
export type StatementRecord = z.infer<typeof StatementRecord>

/** Everything of a path that a person may change, as records under ids that never change. */
export const PathRecord = z.union([ShapeRecord, ThoughtRecord, AnswerRecord, CutRecord, StatementRecord])
export type PathRecord = z.infer<typeof PathRecord>
