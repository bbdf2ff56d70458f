/** Words of a library, or a name in an archive, which may be as long as a book, as a part of a sentence that is kept. */
export const shorten = (text: string): string => text.replace(/^(.{200}).+$/su, '$1…')
