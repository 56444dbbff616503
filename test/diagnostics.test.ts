import { describe, expect, it } from 'vitest';
import { DIAGNOSTICS, fail, formatDiagnostic, throwIfErrors, TrestleError, type Diagnostic } from '../src/diagnostics.js';

const plain: Diagnostic = { code: 'T104', severity: 'error', place: 'conv1 (Conv)', message: 'sizes 3 and 4 differ' };

function thrown(work: () => void): TrestleError {
  try {
    work();
  } catch (error) {
    if (error instanceof TrestleError) return error;
  }
  throw new Error('nothing was thrown');
}

describe('diagnostics', () => {
  it('are one line', () => {
    expect(formatDiagnostic({ ...plain, limit: 'one size', remedy: 'Use one' })).toBe(
      'error T104 conv1 (Conv): sizes 3 and 4 differ (limit: one size). Remedy: Use one');
    expect(formatDiagnostic({ ...plain, severity: 'note' })).toBe('note T104 conv1 (Conv): sizes 3 and 4 differ.');
  });

  it('take limit and remedy of their number where they have none', () => {
    const { limit, remedy } = DIAGNOSTICS.T104;
    expect(thrown(() => fail('T104', 'x', 'y')).diagnostics).toEqual([{ code: 'T104', severity: 'error', place: 'x', message: 'y', limit, remedy }]);
    expect(thrown(() => fail('T104', 'x', 'y', { limit: 'z' })).message).toBe(`error T104 x: y (limit: z). Remedy: ${remedy}`);
  });

  it('hold no control characters, and no names without end', () => {
    const line = formatDiagnostic({ ...plain, place: 'a\u001b[31m\nb', message: 'x'.repeat(10_000) });
    expect(line).toMatch(/^error T104 a \[31m b: x{500}\.\.\.\.$/);
    expect(formatDiagnostic({ ...plain, place: '' })).toContain('T104 (no name): ');
  });

  it('end a stage if one is an error', () => {
    const warning: Diagnostic = { ...plain, severity: 'warning' };
    throwIfErrors([warning]);
    expect(thrown(() => throwIfErrors([warning, plain])).diagnostics).toHaveLength(2);
  });
});

describe.each(Object.entries(DIAGNOSTICS))('%s', (code, entry) => {
  it('has a limit and a remedy without a full stop, and examples of its own', () => {
    for (const text of [entry.title, entry.limit, entry.remedy]) expect(text).toMatch(/[^.]$/);
    expect(entry.means).toMatch(/[.]$/);
    if ('example' in entry) expect(entry.example).toMatch(new RegExp(`^error ${code} \\S.*: .+ \\(limit: .+\\)\\. Remedy: .+[^.]$`));
  });
});
