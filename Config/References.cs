using System.Text;
using System.Text.RegularExpressions;

namespace Qschedd.Config;

/// <summary>
/// Resolves <c>${env:NAME}</c>, <c>${file:/path}</c> and <c>${credential:NAME}</c> (a file that systemd's LoadCredential= hands over)
/// inside a scalar; <c>$${env:</c> stands for the text <c>${env:</c>.
/// Invariant: no fault shows what a reference stands for.
/// </summary>
internal sealed partial class References(Func<string, string?> getVariable, TrustCheck trust)
{
    public const int FileBytesMax = 64 * 1024;
    private const int TextMax = 1 << 20;

    private readonly Dictionary<string, (string? Text, string? Fault)> _known = [];
    private readonly FileNotes _warnings = new();

    /// <summary>Files of secrets that are open to all.</summary>
    public IEnumerable<string> Warnings => _warnings.InOrder();

    /// <summary>The very same string when it holds no reference; null with a fault.</summary>
    public string? Resolve(string text, out string? fault)
    {
        fault = null;
        if (!text.Contains("${", StringComparison.Ordinal))
            return text;
        var resolved = new StringBuilder();
        int from = 0;
        foreach (Match match in Reference().Matches(text))
        {
            (string? value, fault) = Value(match);
            if (fault is not null)
                return null;
            if (resolved.Length + value!.Length > TextMax)
            {
                fault = $"the references in this value come to more than {TextMax >> 20} Mi characters";
                return null;
            }
            resolved.Append(text, from, match.Index - from).Append(value);
            from = match.Index + match.Length;
        }
        return from == 0 ? text : resolved.Append(text, from, text.Length - from).ToString();
    }

    private (string? Text, string? Fault) Value(Match match)
    {
        if (match.Groups["escape"].Success)
            return (match.Value[1..], null);
        if (!match.Groups["end"].Success)
            return (null, "a reference is not closed: write ${env:NAME} or ${file:/path}");
        if (!_known.TryGetValue(match.Value, out (string? Text, string? Fault) value))
            _known[match.Value] = value = Look(match.Groups["kind"].Value, match.Groups["of"].Value);
        return value;
    }

    private (string?, string?) Look(string kind, string of) => kind switch
    {
        "env" => Variable(of),
        "file" => FileText(of),
        _ => Credential(of),
    };

    private (string?, string?) Credential(string name)
    {
        if (name.Length == 0 || name.Contains('/') || name is "." or "..")
            return (null, $"{Shown.Quote(name)} is no name of a credential: write ${{credential:NAME}}, as in LoadCredential=NAME:/path");
        return getVariable("CREDENTIALS_DIRECTORY") is { Length: > 0 } directory
            ? FileText(Path.Join(directory, name))
            : (null, $"no credentials were handed over: start qschedd by systemd with LoadCredential={name}:/path, or write ${{file:/path}}");
    }

    private (string?, string?) Variable(string name)
    {
        if (!VariableName().IsMatch(name))
            return (null, $"{Shown.Quote(name)} is no name of an environment variable: write ${{env:NAME}}, letters, digits and '_'");
        return getVariable(name) is { } value
            ? (value, null)
            : (null, $"environment variable {name} is not set: set it where qschedd is started "
                + "(systemd: Environment= or EnvironmentFile=)");
    }

    private (string?, string?) FileText(string path)
    {
        if (!path.StartsWith('/'))
            return (null, $"{Shown.Quote(path)} is not an absolute path: write ${{file:/path}}");
        if (trust.FindFault(path) is { } distrust)
            return (null, distrust);
        if (SourceFile.Read(path, FileBytesMax, out int length, out string fault) is not { } bytes)
            return (null, $"{path}: {fault}");
        WarnIfOpen(path);
        ReadOnlySpan<byte> text = bytes.AsSpan(0, length);
        if (!System.Text.Unicode.Utf8.IsValid(text))
            return (null, $"{path}: not text in UTF-8");
        if (text.EndsWith("\n"u8))
            text = text.EndsWith("\r\n"u8) ? text[..^2] : text[..^1];
        return (Encoding.UTF8.GetString(text), null);
    }

    private void WarnIfOpen(string path)
    {
        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & UnixFileMode.OtherRead) != 0)
            _warnings.Add(trust.File, $"{path} can be read by every user of this host, and holds what may be a secret: chmod o-r it");
    }

    [GeneratedRegex(@"(?<escape>\$)?\$\{(?<kind>env|file|credential):((?<of>[^}]*)(?<end>\}))?", RegexOptions.ExplicitCapture)]
    private static partial Regex Reference();

    [GeneratedRegex(@"^[A-Za-z_][A-Za-z0-9_]*\z")]
    private static partial Regex VariableName();
}
