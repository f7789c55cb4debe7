export async function playPlantedFaults(): Promise<boolean> {
  return true;
}
