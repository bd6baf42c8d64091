import { describe, expect, it } from 'vitest';
import { isMjml, isPlain, lineIn, piecesOf } from './liquidPieces';

const kinds = (text: string) => piecesOf(text).map(({ kind, text: part }) => [kind, part]);

describe('pieces of a source', () => {
  it('are tags with their values, Liquid, comments and what is between', () => {
    expect(kinds('<mj-text color="red">Hi {{ name }}</mj-text><!-- <b> -->')).toEqual([
      ['tag', '<mj-text color='],
      ['value', '"red"'],
      ['tag', '>'],
      ['text', 'Hi '],
      ['liquid', '{{ name }}'],
      ['tag', '</mj-text>'],
      ['comment', '<!-- <b> -->'],
    ]);
  });

  it('joined are the text again, whatever is broken in it', () => {
    for (const text of [
      '',
      '<',
      'a < b "',
      '<p class="',
      '{{ x',
      '<p {% if a > b %} id="1">\n</p',
      '<!-- <p>',
    ])
      expect(
        piecesOf(text)
          .map((piece) => piece.text)
          .join(''),
      ).toBe(text);
  });
});

describe('a problem', () => {
  it('names its line in either language', () => {
    expect(lineIn('Message: line 4: <mj-text> is never closed')).toBe(4);
    expect(lineIn('Mensagem: linha 12: <mj-text> nunca é fechado')).toBe(12);
    expect(lineIn('The subject is missing')).toBeNull();
  });
});

it('is MJML when that is the first thing in it', () => {
  expect(isMjml('\n <mjml>')).toBe(true);
  expect(isMjml('<mjml owa="desktop">')).toBe(true);
  expect(isMjml('<p>about <mjml></p>')).toBe(false);
});

it('a text without a tag is plain, whatever it compares', () => {
  expect(['Hello {{ first_name }}', '{% if points < 5 %}Few{% endif %}'].every(isPlain)).toBe(true);
  expect(['', '<p>Hello</p>', 'Hello <br>'].some(isPlain)).toBe(false);
});
