import { expect, test } from 'vitest';
import { changes } from '../src/lib/start_form';

const recipe = { 'train.steps': 1500, 'optim.lr_max': 0.002, 'model.bias': false, 'data.source': 'stories' };

test.each([
  ['nothing changed', { 'train.steps': '1500', 'optim.lr_max': ' 2e-3 ' }, {}],
  ['a number', { 'train.steps': '20' }, { 'train.steps': 20 }],
  ['a switch', { 'model.bias': 'true' }, { 'model.bias': true }],
  ['a word', { 'data.source': 'text' }, { 'data.source': 'text' }],
  ['what is no number is the trainer’s to refuse', { 'train.steps': 'many' }, { 'train.steps': 'many' }],
  ['nothing is not zero', { 'train.steps': '' }, { 'train.steps': '' }],
  ['an unknown key left empty', { 'train.seed': '' }, {}],
])('%s', (_, typed, changed) => expect(changes(recipe, typed)).toEqual(changed));
