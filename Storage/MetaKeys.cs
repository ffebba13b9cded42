namespace Qschedd.Storage;

/// <summary>Rows of <c>meta</c>.</summary>
internal static class MetaKeys
{
    public const string TaskSeq = "task_seq";
    public const string BootCount = "boot_count";
    public const string Watermark = "watermark_ms";
    public const string CommitCount = "commit_count";
}
