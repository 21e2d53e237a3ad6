import type { Migration } from './migration.ts'

/**
 * What tells whether a picture or a video is still used: the few versions of items in which somebody changed pictures, and the frames of
 * each video.
 */
const TIDY = `
CREATE INDEX item_changes_pictures ON item_changes (item_key, version) WHERE json_extract(diff, '$.images') IS NOT NULL;
CREATE INDEX media_video ON media (origin_name) WHERE origin_kind = 'frame';
`

export const tidy: Migration = { number: 12, name: 'tidy', up: (database) => database.exec(TIDY) }
