/** The members of a problem that its text names in backticks. */
export function membersNamedIn(detail: string): string[] {
  const members = ['invalidFields', 'retryAfter', 'upstream', 'requestId', 'rotationId'];
  return members.filter((member) => detail.includes(`\`${member}\``));
}
