// biome-ignore lint: stub
export const checkAddresses = (..._: any[]): void => {}
// biome-ignore lint: stub
export const sendMail = async (..._: any[]): Promise<void> => {}
