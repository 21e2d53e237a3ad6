/** The words of editing items, their history, bulk actions and the trash. */
export const enItems = {
  item: {
    edit: 'Question and answer', option: 'Option {letter}', rightOption: 'Option {letter} is right', addOption: 'Add an option', removeOption: 'Remove option {letter}', noOptions: 'No list of options: the question names them itself.',
    up: 'Move {name} up', down: 'Move {name} down', addTag: 'Add a tag', removeTag: 'Remove the tag {tag}', trashed: 'This item is in the trash. It is in no list, queue or training data.',
    addPicture: 'Add pictures', takingPictures: 'Taking pictures in…', pictureEarlier: 'Move picture {n} forward', pictureLater: 'Move picture {n} back', removePicture: 'Remove picture {n}',
    drawnOn: '{n} path draws on picture {i}. It stays as it is, on the pictures it was drawn on, and is not learned from while the pictures differ. | {n} paths draw on picture {i}. They stay as they are, on the pictures they were drawn on, and are not learned from while the pictures differ.',
    removeAnyway: 'Remove it', keepPicture: 'Keep it',
    sharing: 'The same pictures are used by {n} item in {split}. | The same pictures are used by {n} items in {split}.', sharingWhy: 'What is learned there is no longer unseen here.',
    frozen: 'Held by {n} frozen dataset version, each as the item was then: {names} | Held by {n} frozen dataset versions, each as the item was then: {names}',
    outdated: '{n} path answers an earlier version of this question. Its reward is of that version, and it is not learned from. | {n} paths answer earlier versions of this question. Their rewards are of those versions, and they are not learned from.',
    rescore: 'Score {n} again | Score {n} again', rescoreWhy: 'Scores them by the question as it is now. Paths over other pictures, of training runs and of evaluations keep theirs.', rescored: 'Scored again: {scored}. Left as they are: {left}.',
    version: 'Version {n}', historyOf: 'History ({n} version) | History ({n} versions)', restore: 'Restore version {n}', firstVersion: 'as it came', undo: 'Undo', redo: 'Redo',
    kind: { edit: 'edited', restore: 'restored version {n}', undo: 'undid, back to version {n}', redo: 'redid version {n}', bulk: 'bulk action' },
    field: { question: 'Question', options: 'Options', answer: 'Answer', questionType: 'Answer type', dataType: 'Pictures', images: 'Images', truth: 'Ground truth', tags: 'Tags', split: 'Split', task: 'Task', trashed: 'Trash' },
    nothing: 'nothing', pictures: '{n} picture | {n} pictures', shapes: '{n} shape | {n} shapes', inTrash: 'in the trash', notInTrash: 'not in the trash', notStored: 'Not stored yet.'
  },
  itemIssue: {
    questionEmpty: 'The question is empty.', taskEmpty: 'Name a task.', optionEmpty: 'An option is empty.', optionTwice: 'Two options are the same.', optionsFew: 'A choice needs at least two options.',
    answerEmpty: 'The answer is empty.', answerNoOption: 'The answer is neither the letter nor the words of an option, so no answer could be right.', answerNoNumber: 'The answer holds no number, so nothing could be scored against it.',
    answerNoMotion: 'The answer is no list of camera motions such as move_left:2,move_up:1.', noPicture: 'There is no picture.', onePictureWanted: 'There are several pictures, but the kind is “one image”.',
    morePicturesWanted: 'Several views and videos need at least two pictures.', tagEmpty: 'A tag is empty.', tagLong: 'A tag has more than 80 characters.', tagTwice: 'A tag is there twice.'
  },
  itemConflict: {
    what: '{author} changed this item elsewhere, in what you changed too. Nothing is lost: choose for each field.', choose: 'Choose', title: 'Two people changed this item', theirs: 'Theirs ({author})', mine: 'Mine', apply: 'Keep what is chosen'
  },
  itemBulk: {
    tick: 'Tick this item', ticked: '{n} ticked', allTicked: 'All {n} of this query', all: 'Take all {n} of this query', none: 'Untick all', actions: 'Change…', title: 'Change {n} item | Change {n} items',
    action: { split: 'Set the split', task: 'Set the task', addTag: 'Add a tag', removeTag: 'Remove a tag', trash: 'Move to the trash', restore: 'Take out of the trash' }, what: 'What to do', value: 'To what',
    preview: '{n} item will change | {n} items will change', same: '{n} is so already | {n} are so already', withPaths: '{n} path belongs to them | {n} paths belong to them', examples: 'Among them', apply: 'Change {n} | Change {n}', nothing: 'Nothing would change.',
    asJob: 'So many are changed in the background: progress is shown, and closing this or the window does not stop it.', failed: 'Could not change the items',
    did: { split: 'Split set to {value}: {n} item | Split set to {value}: {n} items', task: 'Task set to {value}: {n} item | Task set to {value}: {n} items', addTag: 'Tag {value} added: {n} item | Tag {value} added: {n} items', removeTag: 'Tag {value} removed: {n} item | Tag {value} removed: {n} items', trash: 'Moved to the trash: {n} item | Moved to the trash: {n} items', restore: 'Taken out of the trash: {n} item | Taken out of the trash: {n} items' },
    undo: 'Take it back', undone: 'Taken back: {undone}. Changed again since, and left: {left}.', dismiss: 'Hide this note'
  },
  trash: {
    open: 'Trash', close: 'Back to the items', empty: 'The trash is empty', emptyHint: 'Items you move to the trash wait here until you restore them or delete them for ever.', restore: 'Restore', delete: 'Delete for ever', emptyAll: 'Empty the trash',
    title: 'Delete for ever', what: '{n} item with its history will be gone for ever, | {n} items with their histories will be gone for ever,', paths: 'with {n} path. | with {n} paths.', pictures: 'Pictures that nothing uses any more then can be deleted with “Tidy pictures”.',
    kept: '{n} item is kept: frozen data of a run or a dataset version holds it, and must be able to say what was learned from. | {n} items are kept: frozen data of runs or dataset versions hold them, and must be able to say what was learned from.', none: 'Nothing here can be deleted.',
    confirm: 'Delete {n} for ever | Delete {n} for ever', deleted: 'Deleted for ever: {items}, with {paths} paths.', failed: 'Could not delete'
  },
  tidy: {
    open: 'Tidy pictures…', title: 'Pictures nobody uses', looking: 'Looking through the stored pictures…', none: 'Every stored picture is used.',
    what: '{n} picture or video, {size}, is in the project folder and used by nothing: no item in any of its versions, no path. | {n} pictures and videos, {size}, are in the project folder and used by nothing: no item in any of its versions, no path.',
    recent: '{n} more was stored within the last day and is kept for now: somebody may be about to use it. | {n} more were stored within the last day and are kept for now: somebody may be about to use them.',
    waits: 'Deleting them waits until no model is working. It cannot be undone.', confirm: 'Delete {size}', failed: 'Could not start deleting'
  },
  savedItems: { open: 'Views', none: 'No saved view yet.', name: 'Name of the view', save: 'Save', remove: 'Delete the view {name}', failed: 'Could not change the saved views', tag: 'Tag' },
  itemEdited: {
    earlier: 'Answers an earlier version of the question', since: 'Edited since this path was made: {fields}.', why: 'Shown is the question as the path knows it, and its reward is of that question. It is not learned from until it is scored again.', open: 'Open the item'
  }
}
