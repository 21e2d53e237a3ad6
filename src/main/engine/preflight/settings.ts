import { checkSettings, type PromptManner } from '#shared/domain/checkSettings.ts'
import { SightlineError } from '#shared/domain/errors.ts'
import { finding, type PreflightCheck } from '#shared/domain/preflight.ts'
import type { StageConfig } from '#shared/domain/trainingRun.ts'

/** What does not go together in the settings, under the run's prompt. */
export function settingsCheck(settings: StageConfig, prompt: PromptManner): PreflightCheck {
  const findings = checkSettings(settings, prompt)
  const message = findings.map((found) => found.message).join('. ')
  const errors = findings.filter(({ level }) => level === 'error')
  const numbers = { errors: errors.length, warnings: findings.length - errors.length }
  const told = { name: 'settings' as const, numbers, findings: findings.length === 0 ? [finding('settingsFit')] : findings.map(({ code }) => ({ code, values: {} })) }
  if (errors.length === 0) return { ...told, state: findings.length === 0 ? 'ok' : 'warning', message: message || 'The settings go together', error: null }
  const error = new SightlineError('bad_input', errors.map((found) => found.message).join('. '), {
    where: `stage ${settings.stage}`, advice: `change ${[...new Set(errors.flatMap(({ fields }) => fields))].join(', ')}`
  })
  return { ...told, state: 'error', message, error: error.toRecord() }
}
