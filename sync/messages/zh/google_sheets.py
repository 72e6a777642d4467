"""What is said of Google Sheets, in Chinese."""

WORDS = {
    "write the spreadsheet's id, the long part of its address between /d/ and /edit": "请填写表格的 id，即网址中 /d/ 与 /edit 之间的那一长串",
    "`credentials` is not what Google hands out: the JSON key of a service account, or the file `authorized_user` of a person who signed in": "`credentials` 不是 Google 发放的内容：应为服务账号的 JSON 密钥，或某人登录后得到的 `authorized_user` 文件",
    "`credentials` lacks {names}; download the file again": "`credentials` 缺少 {names}；请重新下载该文件",
    "the private key in `credentials` cannot be read; download the file again": "`credentials` 中的私钥无法读取；请重新下载该文件",
    "Google gave no access token for {name}; sign in again": "Google 没有给 {name} 发放访问令牌；请重新登录",
    "{code} (was the key deleted, the sign-in taken back, or is this computer's clock wrong?)": "{code}（密钥是否已删除、登录是否已撤销，或这台电脑的时钟不准？）",
    "{where} is being edited while it is read; Offbook reads it again later": "读取 {where} 时有人正在编辑；Offbook 稍后重新读取",
    "the row was emptied, not taken out: something stands beside the records in it": "该行已清空但没有删除：记录旁边还有别的内容",
    "the spreadsheet's time zone is {theirs}; its times are read as {ours} (`timezone:`)": "表格的时区是 {theirs}；其中的时间按 {ours} 读取（`timezone:`）",
    "{why} {hint}": "{why} {hint}",
    "Share the spreadsheet with {name} as an editor, and enable the Google Sheets API": "请把表格共享给 {name} 并设为编辑者，同时启用 Google Sheets API",
    "The person who signed in must be able to edit the spreadsheet": "登录的人必须能编辑这个表格",
    "ranges of {where} are protected; unlock them for {name} or they are only read": "{where} 中有受保护的区域；请对 {name} 解除保护，否则只能读取",
    "{where} has no key: name a column for our ids with `offbook_id:`, so that rows are known after a sort": "{where} 没有键：请用 `offbook_id:` 为我们的编号指定一列，排序后才能认出各行",
    "rows were moved while they were written; look at them, or at the version history": "写入时有行被移动；请查看这些行，或查看版本历史记录",
    "people are editing these rows; the next run tries again": "有人正在编辑这些行；下次运行再试",
    "Google Sheets does not take it: {text}": "Google 表格不接受：{text}",
    "the sheet was changed since the pull began; it is read again from the start": "读取开始后表格有改动；将从头重新读取",
}
