export {
  type Account,
  chooseUser,
  findUser,
  type Group,
  type ProcessUser,
  parseGroups,
  parsePasswd,
} from './users.js'
