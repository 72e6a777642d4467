"""What is said of systems that are reached over HTTP, in Chinese."""

WORDS = {
    "{where} does not know the page or cursor any more; it is read anew": "{where} 已不认识这一页或这个游标；将重新读取",
    "{where} refuses this to these credentials ({status}); grant the right there. {text}": "{where} 拒绝了这个凭证的请求（{status}）；请在那里授予权限。{text}",
    "{where} has nothing under this address ({status}). {text}": "{where} 的这个地址下没有内容（{status}）。{text}",
    "{where} does not answer as it should ({status}); Offbook tries again later": "{where} 没有正常应答（{status}）；Offbook 稍后再试",
    "{where} does not take the request ({status}). {text}": "{where} 不接受这个请求（{status}）。{text}",
    "{where} does not take the credentials ({status}); mend the secret or sign in again. {text}": "{where} 不接受凭证（{status}）；请改正密钥或重新登录。{text}",
    "{where} is asked too fast or is busy ({status}); Offbook tries again": "对 {where} 的请求太快，或它正忙（{status}）；Offbook 会再试",
    "it answered {status}": "它应答了 {status}",
    "no answer from {where} that tells what was done: {how}": "{where} 没有给出能说明结果的应答：{how}",
    "{where}: its certificate is not trusted; mend `base_url`, or name your own authority in REQUESTS_CA_BUNDLE": "{where}：证书不受信任；请改正 `base_url`，或在 REQUESTS_CA_BUNDLE 中指定自己的证书颁发机构",
    "{where} names an address on another host; it is not followed": "{where} 给出了另一台主机的地址；不予访问",
    "{where} answers with more than {size} bytes; ask for fewer records at a time": "{where} 的应答超过 {size} 字节；请减少每次读取的记录数",
    "{where} sends the request elsewhere ({status}); mend `base_url`": "{where} 把请求转向了别处（{status}）；请改正 `base_url`",
    "{where} cannot be reached; Offbook tries again": "无法连接 {where}；Offbook 会再试",
    "{where} did not answer for {seconds} seconds; Offbook tries again later": "{where} 有 {seconds} 秒没有应答；Offbook 稍后再试",
    "`{url}` is not safe to send secrets to; an address begins with https://": "向 `{url}` 发送密钥不安全；地址应以 https:// 开头",
}
