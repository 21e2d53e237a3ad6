import type { ImageRef } from '#shared/domain/imageRef.ts'
import type { ItemDraft } from './itemSaver.ts'

type Translate = (key: string, named?: Record<string, unknown>, plural?: number) => string

/** A field's value as one short line, for histories and conflicts. */
export function valueWords(t: Translate, field: keyof ItemDraft | 'truth' | 'trashed', value: unknown): string {
  switch (field) {
    case 'images': return Array.isArray(value) ? t('item.pictures', { n: value.length }, value.length) : ''
    case 'truth': return Array.isArray(value) ? t('item.shapes', { n: value.length }, value.length) : ''
    case 'trashed': return t(value === true ? 'item.inTrash' : 'item.notInTrash')
    case 'options':
    case 'tags': return Array.isArray(value) && value.length > 0 ? value.join(' · ') : t('item.nothing')
    case 'questionType':
    case 'dataType':
    case 'split': return t(`${field}.${String(value)}`)
    default: return value === '' ? t('item.nothing') : String(value)
  }
}

/** The pictures of a value, where it is pictures. */
export function picturesOf(field: string, value: unknown): readonly ImageRef[] {
  return field === 'images' && Array.isArray(value) ? value as ImageRef[] : []
}
