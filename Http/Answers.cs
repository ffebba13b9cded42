namespace Qschedd.Http;

/// <summary>The answers without data; the words are the contract's.</summary>
internal static class Answers
{
    public static readonly Answer Done = Answer.Succeeded("操作成功");

    /// <summary>What most calls of <c>check</c> get.</summary>
    public static readonly Answer EmptyList = Answer.OfJson("""{"data":[],"ret":true}"""u8.ToArray(), "");
    public static readonly Answer BadParameters = Answer.Failed("参数错误");
    public static readonly Answer Unauthorized = Answer.Failed("授权失败");
    /// <summary>In the same words: the token opens nothing at all, so it may be a guess; see <see cref="TokenGuard"/>.</summary>
    public static readonly Answer WrongToken = Answer.Failed("授权失败");
    public static readonly Answer EnableFailed = Answer.Failed("启用失败");
    public static readonly Answer DisableFailed = Answer.Failed("停止失败");
    public static readonly Answer NoSuchJob = Answer.Failed("job不存在");
    public static readonly Answer NoSuchTask = Answer.Failed("task不存在");
    public static readonly Answer QueryFailed = Answer.Failed("查询失败");
    public static readonly Answer TriggerFailed = Answer.Failed("重试失败");
    public static readonly Answer InternalError = Answer.Failed("内部错误");
    public static readonly Answer OperationFailed = Answer.Failed("操作失败");
    public static readonly Answer BadWorkersJson = Answer.Failed("workers json 格式非法");
    public static readonly Answer NoneLeftOnline = Answer.Failed("所有机器不能全部下线");
    public static readonly Answer PartlyDone = Answer.Failed("可能存在未操作成功的机器,请调用查看接口验证");

    public static readonly Answer NoSuchPath = Answer.Refused(404, "接口不存在");
    public static readonly Answer BodyTooLarge = Answer.Refused(413, "请求体不能超过1MiB", close: true);
    public static readonly Answer Busy = Answer.Refused(503, "服务繁忙,请稍后重试", close: true);

    public static readonly Answer Alive = Answer.Text(200, "ok");
    public static readonly Answer Ready = Answer.Text(200, "ready");
    public static readonly Answer NotReady = Answer.Text(503, "not ready: the log says why");
}
