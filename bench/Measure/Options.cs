using System.Globalization;

namespace Qschedd.Bench.Measure;

/// <summary>The <c>--name value</c> pairs of a mode; a mode is told everything by them.</summary>
internal sealed class Options(string[] arguments)
{
    public string Text(string name) => Find(name) ?? throw new ArgumentException($"--{name} is missing");

    public string? Find(string name)
    {
        int index = Array.IndexOf(arguments, "--" + name);
        return index >= 0 && index + 1 < arguments.Length ? arguments[index + 1] : null;
    }

    public bool Has(string name) => Array.IndexOf(arguments, "--" + name) >= 0;

    public int Number(string name) => int.Parse(Text(name), CultureInfo.InvariantCulture);

    public int Number(string name, int otherwise) => Find(name) is null ? otherwise : Number(name);
}
