"""What is said of 纷享销客, in Chinese."""

WORDS = {
    "{table} cannot be read; give the acting user the right to it in 纷享销客 (管理后台 → 权限管理). {error}": "无法读取 {table}；请在纷享销客（管理后台 → 权限管理）给执行用户授权。{error}",
    "纷享销客 has no object {table}, or this user may not see it": "纷享销客没有对象 {table}，或这个用户看不到它",
    "纷享销客 gives {table} out of order; it cannot be read in full": "纷享销客返回的 {table} 顺序不对；无法完整读取",
    "纷享销客 answers without a list of records for {table}": "纷享销客没有返回 {table} 的记录列表",
    "纷享销客 gives no token for this app; check `app_id`, `app_secret` and `permanent_code`, and that the app is switched on": "纷享销客没有给这个应用发放令牌；请检查 `app_id`、`app_secret`、`permanent_code`，以及应用是否已启用",
}
