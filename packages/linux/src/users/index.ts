export {
  type Account,
  chooseUser,
  findUser,
  type Group,
  NOBODY,
  type ProcessUser,
  parseGroups,
  parsePasswd,
} from './users.js'
