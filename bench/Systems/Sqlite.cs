using System.Globalization;
using Microsoft.Data.Sqlite;

namespace Qschedd.Bench.Systems;

/// <summary>SQLite as an application uses it.</summary>
internal static class Sqlite
{
    public static string ConnectionText(string file) => $"Data Source={file}";

    public static SqliteConnection Open(string file)
    {
        SQLitePCL.Batteries_V2.Init();
        var connection = new SqliteConnection(ConnectionText(file) + ";Pooling=False");
        connection.Open();
        return connection;
    }

    public static void Execute(string file, string sql)
    {
        using var connection = Open(file);
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    public static long Count(string file, string sql)
    {
        using var connection = Open(file);
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return Convert.ToInt64(command.ExecuteScalar(), CultureInfo.InvariantCulture);
    }
}
