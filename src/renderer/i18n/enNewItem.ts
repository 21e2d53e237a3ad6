/** The words of the dialog in which people write questions over their own pictures. */
export const enNewItem = {
  newItem: {
    open: 'New question', title: 'New question over your pictures', pictures: 'Pictures or a video', choose: 'Choose pictures', more: 'Add pictures', taking: 'Taking pictures in…', remove: 'Take out picture {n}',
    what: 'Several pictures are several views of one place; a video becomes 16 frames.', add: 'Add', another: 'Add, then another', added: 'Added: {question}', failed: 'The question was not added'
  }
}
