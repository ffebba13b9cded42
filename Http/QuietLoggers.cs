using Microsoft.Extensions.Logging;
using Qschedd.Engine;

namespace Qschedd.Http;

/// <summary>
/// Kestrel's loggers from warnings up. Below, it quotes request lines that it could not read, and those may carry a token:
/// no log level of the operator's may bring them back.
/// </summary>
internal sealed class QuietLoggers(ILoggerFactory inner) : ILoggerFactory
{
    public ILogger CreateLogger(string categoryName) => new QuietLogger(inner.CreateLogger(categoryName));

    public void AddProvider(ILoggerProvider provider) => inner.AddProvider(provider);

    /// <summary>The inner factory is the daemon's, and outlives the server.</summary>
    public void Dispose()
    {
    }

    private sealed class QuietLogger(ILogger inner) : LineLogger(inner)
    {
        public override bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning && base.IsEnabled(logLevel);

        protected override void Add(LogLine line)
        {
            var lines = new LogBatch();
            lines.Add(line);
            Give(lines);
        }
    }
}
