using System.Diagnostics;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Hosting.Internal;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Qschedd.Http;

/// <summary>
/// Kestrel alone, without a web host, middleware or configuration files: <c>UseKestrelCore</c> needs somewhere to put its
/// services, and this is that place.
/// </summary>
internal sealed class KestrelServices : IWebHostBuilder
{
    private readonly ServiceCollection _services = new();

    public static ServiceProvider Build(ILoggerFactory loggers, Action<KestrelServerOptions> configure, Action<SocketTransportOptions> transport)
    {
        var builder = new KestrelServices();
        builder._services.AddMetrics();
        builder._services.AddSingleton(loggers);
        builder._services.AddSingleton(typeof(ILogger<>), typeof(Logger<>));
        builder._services.AddSingleton<IHostEnvironment>(new HostingEnvironment { EnvironmentName = Environments.Production });
        builder._services.AddSingleton<DiagnosticSource>(new DiagnosticListener("Microsoft.AspNetCore"));
        builder.UseKestrelCore();
        builder.Add(configure);
        builder.Add(transport);
        return builder._services.BuildServiceProvider();
    }

    /// <summary>
    /// As <c>services.Configure</c>, for options that are read once, without what may follow it (of which Kestrel has nothing). Types that
    /// the container makes of generic ones at run time take milliseconds of each start.
    /// </summary>
    private void Add<TOptions>(Action<TOptions> configure)
        where TOptions : class, new() =>
        _services.AddSingleton(services =>
        {
            var options = new TOptions();
            foreach (IConfigureOptions<TOptions> setup in services.GetServices<IConfigureOptions<TOptions>>())
                setup.Configure(options);
            configure(options);
            return Options.Create(options);
        });

    public IWebHostBuilder ConfigureServices(Action<IServiceCollection> configureServices)
    {
        configureServices(_services);
        return this;
    }

    public IWebHostBuilder ConfigureServices(Action<WebHostBuilderContext, IServiceCollection> configureServices)
    {
        configureServices(new WebHostBuilderContext(), _services);
        return this;
    }

    public IWebHostBuilder ConfigureAppConfiguration(Action<WebHostBuilderContext, IConfigurationBuilder> configureDelegate) => this;

    public string? GetSetting(string key) => null;

    public IWebHostBuilder UseSetting(string key, string? value) => this;

    // net10.0 calls IWebHost obsolete, yet the interface that UseKestrelCore takes still has it.
#pragma warning disable ASPDEPR008
    public IWebHost Build() => throw new NotSupportedException("there is no web host here, only its server");
#pragma warning restore ASPDEPR008
}
