import type { z } from 'zod'
import type { SettingsFinding } from '#shared/domain/checkSettings.ts'
import { ColdStartConfig, DpoConfig, GrpoConfig, type Preset, ReflectiveConfig, type Stage, SupervisedConfig } from '#shared/domain/trainingRun.ts'
import { changedFrom, type Values } from '../../components/schemaFields.ts'

/** The settings of each stage. */
export const STAGE_SCHEMAS: Readonly<Record<Stage, z.ZodObject>> = {
  coldStart: ColdStartConfig, answerSft: SupervisedConfig, reflective: ReflectiveConfig, grpo: GrpoConfig, dpo: DpoConfig
}

/** A stage's settings as a form holds them: not yet known to fit the schema. */
export interface StageDraft { readonly stage: Stage; readonly config: Values; /** The preset the numbers came from. */ readonly preset: string | null }

/** A stage of a course that is being planned. */
export interface PlannedStage extends StageDraft { readonly label: string; /** Its settings in the plan; a stage added by hand has none. */ readonly origin?: Values }

/** The settings a preset stands for; without one, or where the preset leaves something open, the schema's own. */
export function baselineOf(stage: Stage, preset: Preset | undefined): Values {
  return STAGE_SCHEMAS[stage].parse(preset?.settings.stage === stage ? preset.settings.config : {})
}

/** A draft of a stage from its own preset for the embedded model, or another for it, or any, or from the schema. */
export function firstDraft(stage: Stage, presets: readonly Preset[]): StageDraft {
  const offered = presets.filter(({ settings }) => settings.stage === stage)
  const own = `pocket-${stage.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
  const preset = offered.find(({ name }) => name === own) ?? offered.find(({ name }) => name.startsWith('pocket')) ?? offered[0]
  return { stage, config: baselineOf(stage, preset), preset: preset?.name ?? null }
}

/** The preset a draft still is: one whose numbers were changed by hand is that preset no longer. */
export function presetUsed(draft: StageDraft, presets: readonly Preset[]): string | null {
  const preset = presets.find(({ name, settings }) => name === draft.preset && settings.stage === draft.stage)
  return preset !== undefined && changedFrom(baselineOf(draft.stage, preset), draft.config).length === 0 ? preset.name : null
}

/** Whether a finding keeps the stage from starting. */
export function isBlocked(findings: readonly SettingsFinding[]): boolean {
  return findings.some(({ level }) => level === 'error')
}
