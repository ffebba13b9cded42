namespace Qschedd.Storage;

/// <summary>Rows of <c>meta</c>.</summary>
internal static class MetaKeys
{
    /// <summary>As in the file's header.</summary>
    public const string SchemaVersion = "schema_version";
    public const string TaskSeq = "task_seq";
    public const string BootCount = "boot_count";
    public const string Watermark = "watermark_ms";
    public const string CommitCount = "commit_count";
    /// <summary>Tasks from this number on have sums.</summary>
    public const string SummedFrom = "summed_from";
    /// <summary>Of the definitions of tables and indexes.</summary>
    public const string SchemaSum = "schema_sum";

    public const string SetSql = "INSERT OR REPLACE INTO meta(key, value, sum) VALUES (?1, ?2, ?3)";
}
