import {
  type BinaryOperationNode,
  type CompiledQuery,
  type Dialect,
  OperationNodeTransformer,
  OperatorNode,
  type QueryCompiler,
} from 'kysely'
import { MspError } from '../errors.ts'

/**
 * The same dialect, whose queries take single values only. What comes from outside may be of any shape where its reader was careless, and a
 * driver makes more of that than a value: mysql2 and Kysely write a list as several, and `where name = ['Acme']` finds Acme.
 */
export const scalarsOnly = (dialect: Dialect): Dialect => ({
  createAdapter: () => dialect.createAdapter(),
  createDriver: () => dialect.createDriver(),
  createIntrospector: (db) => dialect.createIntrospector(db),
  createQueryCompiler: () => {
    const compiler = dialect.createQueryCompiler()
    const lists = new ListRefuser()
    return {
      compileQuery: (...[node, id]: Parameters<QueryCompiler['compileQuery']>) => {
        lists.transformNode(node)
        return checked(compiler.compileQuery(node, id))
      },
    }
  },
})

function checked<T extends CompiledQuery>(query: T): T {
  if (query.parameters.every(isScalar)) return query
  throw refusal()
}

/** Kysely takes a list apart itself, into single values; it belongs behind `in` only. */
class ListRefuser extends OperationNodeTransformer {
  protected override transformBinaryOperation(node: BinaryOperationNode): BinaryOperationNode {
    const { operator, rightOperand } = node
    const isList = rightOperand.kind === 'PrimitiveValueListNode' || rightOperand.kind === 'ValueListNode'
    if (isList && !(OperatorNode.is(operator) && /^(not )?in$/.test(operator.operator))) throw refusal()
    return super.transformBinaryOperation(node)
  }
}

const refusal = () =>
  new MspError('storage', 'A value for the database is a list or an object where one value belongs. It was not used.', {
    hint: 'If it came from a system that msp is connected to, that answers in a way that msp does not know: update msp.',
  })

function isScalar(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value)
  if (typeof value !== 'object') return typeof value !== 'function' && typeof value !== 'symbol'
  return value === null || (value instanceof Date && !Number.isNaN(value.getTime())) || value instanceof Uint8Array
}
