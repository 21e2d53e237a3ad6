import { z } from 'zod'

/** One field of a settings form, read from its schema. */
export type SchemaField = NumberField | ChoiceField | SwitchField
interface Named { readonly name: string; readonly help: string }
/** `above`: the least value itself is not allowed. */
export interface NumberField extends Named { readonly kind: 'number'; readonly whole: boolean; readonly least: number | null; readonly above: boolean; readonly most: number | null; readonly fallback: number }
export interface ChoiceField extends Named { readonly kind: 'choice'; readonly choices: readonly string[]; readonly fallback: string }
export interface SwitchField extends Named { readonly kind: 'switch'; readonly fallback: boolean }

export type Values = Readonly<Record<string, unknown>>

const Property = z.object({
  type: z.string().optional(), enum: z.array(z.string()).optional(), default: z.unknown().optional(), description: z.string().default(''),
  minimum: z.number().optional(), exclusiveMinimum: z.number().optional(), maximum: z.number().optional()
})

/**
 * The fields of a flat settings schema in its own order.
 * @throws RangeError for a property that no form field can show
 */
export function fieldsOf(schema: z.ZodObject): SchemaField[] {
  const properties = z.object({ properties: z.record(z.string(), z.unknown()) }).parse(z.toJSONSchema(schema, { io: 'input' })).properties
  return Object.entries(properties).map(([name, raw]) => fieldOf(name, Property.parse(raw)))
}

function fieldOf(name: string, property: z.infer<typeof Property>): SchemaField {
  const help = property.description
  if (property.enum !== undefined) return { name, kind: 'choice', choices: property.enum, help, fallback: String(property.default ?? property.enum[0] ?? '') }
  if (property.type === 'boolean') return { name, kind: 'switch', help, fallback: property.default === true }
  if (property.type === 'number' || property.type === 'integer') {
    const whole = property.type === 'integer'
    const safe = (bound: number | undefined): number | null => bound === undefined || Math.abs(bound) >= Number.MAX_SAFE_INTEGER ? null : bound
    const over = safe(property.exclusiveMinimum)
    const above = safe(property.minimum) === null && over !== null && !whole
    return {
      name, kind: 'number', whole, help, fallback: Number(property.default ?? 0), above,
      least: safe(property.minimum) ?? (whole && over !== null ? over + 1 : over), most: safe(property.maximum)
    }
  }
  throw new RangeError(`the setting ${name} has no form field for type ${String(property.type)}`)
}

/** What is wrong with a value: none is there, it lies beyond a bound, or the schema's own words. */
export interface Complaint { readonly kind: 'missing' | 'least' | 'above' | 'most' | 'other'; readonly bound: number; readonly words: string }

/** What the schema says is wrong, by field name; empty when all is well. */
export function complaintsOf(schema: z.ZodObject, values: Values): Readonly<Record<string, Complaint>> {
  const result = schema.safeParse(values)
  if (result.success) return {}
  return Object.fromEntries(result.error.issues.map((issue) => [String(issue.path[0] ?? ''), complaintOf(issue)]))
}

function complaintOf(issue: z.core.$ZodIssue): Complaint {
  const words = issue.message
  if (issue.code === 'too_small') return { kind: issue.inclusive === false ? 'above' : 'least', bound: Number(issue.minimum), words }
  if (issue.code === 'too_big') return { kind: 'most', bound: Number(issue.maximum), words }
  return { kind: issue.code === 'invalid_type' ? 'missing' : 'other', bound: 0, words }
}

/** Names of the settings whose value is not the baseline's. */
export function changedFrom(baseline: Values, values: Values): string[] {
  return Object.keys(baseline).filter((name) => values[name] !== baseline[name])
}

/** `warmupRatio` as `Warmup ratio`, where no language file names a setting. */
export function wordsOf(name: string): string {
  const words = name.replace(/([A-Z])/g, ' $1').toLowerCase()
  return words.charAt(0).toUpperCase() + words.slice(1)
}
