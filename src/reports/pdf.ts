export const toPdf = async (_: object): Promise<Buffer> => Buffer.from('')
